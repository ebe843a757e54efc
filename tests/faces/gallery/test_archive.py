"""Galleries as files to carry away: whole, tampered with, encrypted, and of another model."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import stat
import zipfile
from datetime import timedelta

import numpy as np
import pytest

from facestyle.errors import ArchiveError, GalleryError, InvalidEmbeddingError, InvalidRequestError, PassphraseError
from facestyle.faces.gallery import EmbeddingSet, MemoryGallery, Record, SqliteGallery, sealing
from facestyle.faces.gallery.archive import export_gallery, import_gallery
from facestyle.faces.gallery.table import COLUMNS, people_csv
from tests.faces.gallery.conftest import CONSENT, MODEL, NOW, vectors

OTHER = {"model": "facenet", "preprocessing": "mtcnn-1"}
PASSPHRASE = "correct horse battery"  # noqa: S105


@pytest.fixture(scope="module")
def filled():
    with MemoryGallery() as gallery:
        sets = (EmbeddingSet(**MODEL, vectors=vectors(3)), EmbeddingSet(**OTHER, vectors=vectors(1, 4)))
        gallery.upsert(
            [
                Record("Ada", sets, b"\xff\xd8jpeg", CONSENT, NOW - timedelta(days=9), NOW + timedelta(days=36_500)),
                Record("山田 <b>", sets[:1], created=NOW),
            ]
        )
        yield gallery


@pytest.fixture(scope="module")
def archive(filled):
    return export_gallery(filled)


@pytest.fixture(scope="module")
def sealed(filled):
    return export_gallery(filled, passphrase=PASSPHRASE)


@pytest.fixture
def empty():
    with MemoryGallery() as gallery:
        yield gallery


def facts(gallery):
    return [
        (
            record.name,
            record.thumbnail,
            record.consent,
            record.created,
            record.expires,
            [(s.model, s.preprocessing, s.vectors.tolist()) for s in record.sets],
        )
        for record in gallery.records()
    ]


def test_everything_comes_back(filled, archive, empty):
    people = import_gallery(empty, archive, models=["resnet", "facenet", "other"])
    assert [person.name for person in people] == ["Ada", "山田 <b>"]
    assert facts(empty) == facts(filled)
    import_gallery(empty, archive)
    assert facts(empty) == facts(filled)  # a second time changes nothing


def test_an_empty_gallery_can_be_carried_too(empty, filled):
    assert import_gallery(empty, export_gallery(empty)) == ()


def test_whoever_is_here_already_gets_the_embeddings_too(archive, empty):
    empty.add("ADA", vectors(1, seed=8), **MODEL)
    import_gallery(empty, archive)
    assert empty.get("Ada").embeddings == 5
    assert empty.count() == 2


def test_the_manifest_tells_what_is_inside(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        manifest = json.loads(file.read("manifest.json"))
        assert {item.compress_type for item in file.infolist()} == {zipfile.ZIP_STORED}
    assert manifest["people"] == 2
    assert [(s["model"], s["count"], s["dimension"]) for s in manifest["embeddings"]] == [
        ("facenet", 1, 4),
        ("resnet", 6, 8),
    ]


def test_a_file_is_written_whole_for_its_owner_and_over_nothing(filled, tmp_path, empty):
    path = tmp_path / "people.facestyle"
    data = export_gallery(filled, path)
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ArchiveError, match="choose another name"):
        export_gallery(filled, path)
    with pytest.raises(ArchiveError, match="cannot be written"):
        export_gallery(filled, tmp_path / "no" / "folder.zip")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert len(import_gallery(empty, path)) == 2
    with pytest.raises(ArchiveError, match="cannot be read"):
        import_gallery(empty, tmp_path / "nothing.zip")


def test_the_retention_of_the_new_place_holds(archive):
    with MemoryGallery(retention=timedelta(days=30), clock=lambda: NOW) as gallery:
        assert {p.expires for p in import_gallery(gallery, archive)} == {NOW + timedelta(days=30)}


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_another_models_people_are_refused(archive, empty):
    with pytest.raises(ArchiveError, match=r"“facenet”.*enrol the people again"):
        import_gallery(empty, archive, models=["resnet"])
    empty.add("Grace", vectors(1, 5), **MODEL)
    with pytest.raises(InvalidEmbeddingError, match="another model"):
        import_gallery(empty, archive)
    assert [person.name for person in empty.list()] == ["Grace"]


def repacked(data, edit=lambda members: None, **options):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {item.filename: file.read(item) for item in file.infolist()}
    edit(members)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def edited(name, old, new):
    def edit(members):
        assert old in members[name]
        members[name] = members[name].replace(old, new)

    return edit


TAMPERED = {
    "a name": edited("people.json", b"Ada", b"Eve"),
    "a time": edited("people.json", b"2026-11-13", b"2026-11-14"),
    "a vector": lambda m: m.update({"embeddings-1.safetensors": m["embeddings-1.safetensors"][:-1] + b"\x01"}),
    "a model": edited("manifest.json", b'"facenet"', b'"sface"+1'),
    "a member less": lambda m: m.pop("embeddings-0.safetensors"),
    "a member more": lambda m: m.update({"../../evil.txt": b"x"}),
    "no manifest": lambda m: m.pop("manifest.json"),
    "another format": edited("manifest.json", b"facestyle gallery", b"something else"),
    "a newer version": edited("manifest.json", b'"version": 1', b'"version": 2'),
    "a count": edited("manifest.json", b'"people": 2', b'"people": 3'),
    "a length": edited("manifest.json", b'"dimension": 8', b'"dimension": 4'),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_refused(archive, empty, what):
    with pytest.raises(ArchiveError, match="Nothing was imported"):
        import_gallery(empty, repacked(archive, TAMPERED[what]))
    assert empty.count() == 0


def test_any_flipped_byte_is_refused_or_without_effect(archive, filled):
    for at in range(0, len(archive), 37):
        with MemoryGallery() as gallery:
            try:
                import_gallery(gallery, archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :])
            except GalleryError:
                assert gallery.count() == 0
            else:
                assert facts(gallery) == facts(filled)  # a time stamp of the zip itself


@pytest.mark.parametrize("length", [1, 7, 100, 1000])
def test_what_lacks_a_piece_of_its_middle_is_refused(archive, length):
    for at in range(0, len(archive) - length, 41):
        with MemoryGallery() as gallery:
            with pytest.raises(ArchiveError, match="Nothing was imported"):
                import_gallery(gallery, archive[:at] + archive[at + length :])
            assert gallery.count() == 0


def consistent(edit):
    """An edit by somebody who writes the check sums anew."""

    def edited_with_sums(members):
        edit(members)
        manifest = json.loads(members["manifest.json"])
        others = {name: content for name, content in members.items() if name != "manifest.json"}
        manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
        members["manifest.json"] = json.dumps(manifest).encode()

    return edited_with_sums


FORGED = {
    "a thumbnail that is no text of bytes": edited("people.json", b'"thumbnail":"', '"thumbnail":"é'.encode()),
    "a row beyond all": edited("people.json", b'"start":0', b'"start":1' + b"0" * 400),
    "a row that is no number": edited("people.json", b'"start":0', b'"start":NaN'),
    "nesting": lambda m: m.update({"people.json": b"[" * 100_000}),
    "a member more": lambda m: m.update({"../../evil.txt": b"x"}),
    "a member of another name": lambda m: (
        m.update({"/etc/passwd": m.pop("embeddings-0.safetensors")}),
        edited("manifest.json", b'"file": "embeddings-0.safetensors"', b'"file": "/etc/passwd"')(m),
    ),
    "no tensors": lambda m: m.update({"embeddings-0.safetensors": b"\xff" * 100}),
    "very many members": lambda m: m.update({f"{number}": b"" for number in range(2000)}),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_forged_is_refused(archive, empty, what):
    with pytest.raises(ArchiveError, match="Nothing was imported"):
        import_gallery(empty, repacked(archive, consistent(FORGED[what])))
    assert empty.count() == 0


@pytest.mark.parametrize("moment", [b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59"])
@pytest.mark.parametrize("what", ["created", "expires", "given"])
def test_a_time_that_no_calendar_has_is_called_so(archive, empty, what, moment):
    def edit(members):
        found = json.loads(members["people.json"])
        person = found["people"][0]
        (person["consent"] if what == "given" else person)[what] = moment.decode()
        members["people.json"] = json.dumps(found).encode()

    with pytest.raises(InvalidRequestError, match="year"):
        import_gallery(empty, repacked(archive, consistent(edit)))
    assert empty.count() == 0


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_what_is_cut_off_is_refused(archive, empty, share):
    with pytest.raises(ArchiveError, match="Nothing was imported"):
        import_gallery(empty, archive[: int(len(archive) * share)])


def test_what_unpacks_to_more_than_it_weighs_is_refused(archive, empty):
    def swell(members):
        members["people.json"] = b" " * 50_000_000 + members["people.json"]

    bomb = repacked(archive, swell, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    with pytest.raises(ArchiveError, match="packed anew"):
        import_gallery(empty, bomb)


def test_a_small_archive_cannot_ask_for_endless_embeddings(archive, empty):
    """Somebody who writes the check sums anew, too, and lets each of many people refer to all embeddings."""

    def swell(members):
        listed = json.loads(members["people.json"])
        one = listed["people"][0]
        listed["people"] = [{**one, "name": f"P{i}"} for i in range(500)]
        manifest = json.loads(members["manifest.json"])
        manifest["people"] = 500
        members["people.json"] = json.dumps(listed).encode()
        manifest["sha256"]["people.json"] = hashlib.sha256(members["people.json"]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(ArchiveError, match="belong to several people"):
        import_gallery(empty, repacked(archive, swell))
    assert empty.count() == 0


def test_embeddings_that_cannot_be_compared_are_refused(filled, empty, monkeypatch):
    holed = vectors(1)
    holed[0, 3] = np.nan
    record = Record("Eve", (EmbeddingSet(**MODEL, vectors=holed),), created=NOW)
    monkeypatch.setattr(filled, "records", lambda: iter([record]))
    with pytest.raises(InvalidEmbeddingError, match="NaN"):
        import_gallery(empty, export_gallery(filled))
    assert empty.count() == 0


# --- encryption -------------------------------------------------------------------------------------------------------


def test_a_sealed_archive_shows_nothing_and_opens_with_its_passphrase(filled, archive, sealed, empty):
    assert not any(trace in sealed for trace in (b"PK", b"Ada", b"manifest", vectors(1).tobytes()[:16]))
    assert sealed != export_gallery(filled, passphrase=PASSPHRASE)  # a fresh salt and nonce each time
    import_gallery(empty, sealed, passphrase=PASSPHRASE)
    assert facts(empty) == facts(filled)


def test_the_same_letters_composed_otherwise_are_the_same_passphrase():
    assert sealing.unseal(sealing.seal(b"data", "caf\u00e9 cr\u00e8me"), "cafe\u0301 cre\u0300me") == b"data"


def test_without_the_passphrase_nothing_opens(archive, sealed, empty):
    with pytest.raises(PassphraseError, match="encrypted: give"):
        import_gallery(empty, sealed)
    for wrong in ("", "Correct horse battery"):
        with pytest.raises(PassphraseError, match="wrong"):
            import_gallery(empty, sealed, passphrase=wrong)
    with pytest.raises(PassphraseError, match="not encrypted"):
        import_gallery(empty, archive, passphrase=PASSPHRASE)
    assert empty.count() == 0


@pytest.mark.parametrize("at", [9, 30, 40, -1])
def test_a_sealed_archive_that_was_changed_is_refused(sealed, empty, at):
    changed = bytearray(sealed)
    changed[at] ^= 1
    with pytest.raises(PassphraseError, match="changed"):
        import_gallery(empty, bytes(changed), passphrase=PASSPHRASE)
    with pytest.raises(ArchiveError):
        import_gallery(empty, sealed[:at], passphrase=PASSPHRASE)


@pytest.mark.parametrize("short", ["", "seven77"])
def test_a_short_passphrase_writes_nothing(filled, tmp_path, short):
    with pytest.raises(PassphraseError, match="8 characters"):
        export_gallery(filled, tmp_path / "file", passphrase=short)
    assert list(tmp_path.iterdir()) == []


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_has_names_and_times(filled):
    head, ada, yamada = csv.reader(io.StringIO(people_csv(filled)))
    assert tuple(head) == COLUMNS
    assert ada == ["Ada", "2026-11-13T12:00:00Z", "2126-10-29T12:00:00Z", "4", "2026-11", "2026-11-22T09:30:00Z"]
    assert yamada == ["山田 <b>", "2026-11-22T12:00:00Z", "", "3", "", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM(A1)"])
def test_no_name_becomes_a_formula(empty, name):
    empty.add(name, vectors(1), **MODEL)
    assert list(csv.reader(io.StringIO(people_csv(empty))))[1][0] == f"'{name}"


def test_a_file_gallery_is_carried_into_another(tmp_path, archive, filled):
    with SqliteGallery(tmp_path / "a.sqlite") as one, SqliteGallery(tmp_path / "b.sqlite") as other:
        import_gallery(one, archive)
        import_gallery(other, export_gallery(one))
        assert facts(other) == facts(filled)
