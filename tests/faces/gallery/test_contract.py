"""What every gallery does, run over every store."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from facestyle.errors import (
    GalleryUnavailableError,
    InvalidEmbeddingError,
    InvalidNameError,
    InvalidRequestError,
    NameTakenError,
    NotEnrolledWithModelError,
    UnknownPersonError,
)
from facestyle.faces.gallery import EmbeddingSet, Record
from facestyle.faces.similarity import METRICS, distance
from tests.faces.gallery.conftest import CONSENT, MODEL, NOW, vectors

OTHER_MODEL = {"model": "facenet", "preprocessing": "mtcnn-1"}
NEWER = {"model": "resnet", "preprocessing": "mtcnn-2"}


def nearest(gallery, probes, top_k=5, metric="squared_euclidean", **which):
    return gallery.search(probes, metric=metric, top_k=top_k, **(which or MODEL))


# --- enrolling --------------------------------------------------------------------------------------------------------


def test_a_new_person_gets_an_opaque_id_and_a_time(gallery):
    person = gallery.add("  Ada   Lovelace ", vectors(2), **MODEL, thumbnail=b"\xff\xd8\xff", consent=CONSENT)
    assert person.name == "Ada Lovelace"
    assert len(person.id) == 32
    assert int(person.id, 16) >= 0
    assert person.models == ("resnet",)
    assert person.embeddings == 2
    assert person.thumbnail == b"\xff\xd8\xff"
    assert timedelta(0) <= datetime.now(UTC) - person.created < timedelta(minutes=1)
    assert gallery.get(person.id) == gallery.get("ada lovelace") == person
    assert gallery.list() == (person,)


def test_the_same_name_in_any_case_adds_to_the_same_person(gallery):
    first = gallery.add("Jos\u00e9 Stra\u00dfe", vectors(1, seed=1), **MODEL, thumbnail=b"kept")
    second = gallery.add("JOSE\u0301  STRASSE", vectors(2, seed=2), **MODEL)
    third = gallery.add("jos\u00e9 strasse", vectors(1, 4, seed=3), **OTHER_MODEL, thumbnail=b"new")
    assert first.id == second.id == third.id
    assert third.name == "Jos\u00e9 Stra\u00dfe"
    assert third.created == first.created
    assert third.embeddings == 4
    assert third.models == ("facenet", "resnet")
    assert (second.thumbnail, third.thumbnail) == (b"kept", b"new")
    stored = gallery.embeddings_of(first.id, **MODEL)
    np.testing.assert_array_equal(stored, np.concatenate([vectors(1, seed=1), vectors(2, seed=2)]))
    assert stored.dtype == np.float32


def test_what_was_handed_in_and_out_can_be_changed_without_harm(gallery):
    handed = vectors(1)
    gallery.add("Ada", handed, **MODEL)
    handed[:] = 7
    gallery.embeddings_of("Ada", **MODEL)[:] = 7
    np.testing.assert_array_equal(gallery.embeddings_of("Ada", **MODEL), vectors(1))


def test_odd_memory_layouts_are_stored_as_they_read(gallery):
    values = vectors(4, 6)
    gallery.add("F", np.asfortranarray(values), **MODEL)
    gallery.add("Step", values[::2, ::2].astype(np.float32)[:, ::-1], **OTHER_MODEL)
    np.testing.assert_array_equal(gallery.embeddings_of("F", **MODEL), values)
    np.testing.assert_array_equal(gallery.embeddings_of("Step", **OTHER_MODEL), values[::2, ::2][:, ::-1])


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "\ud800", "a\u202eb", "x" * 201])
def test_a_bad_name_enrols_nobody(gallery, name):
    gallery.add("Ada", vectors(1), **MODEL)
    before = gallery.list()
    with pytest.raises(InvalidNameError):
        gallery.add(name, vectors(1), **MODEL)
    with pytest.raises(InvalidNameError):
        gallery.rename("Ada", name)
    with pytest.raises(UnknownPersonError) as caught:
        gallery.get(name)
    assert caught.value.message.isprintable()
    assert gallery.list() == before


def bad_embeddings():
    holed = vectors(3)
    holed[1, 2] = np.nan
    endless = vectors(3)
    endless[2, 0] = -np.inf
    blank = vectors(3)
    blank[0] = 0
    return {
        "nan": (holed, "NaN"),
        "infinite": (endless, "infinite"),
        "zero": (blank, "zeros"),
        "float64": (vectors(2).astype(np.float64), "float32"),
        "vector": (vectors(1)[0], "shape"),
        "three axes": (vectors(2)[None], "shape"),
        "no values": (np.empty((2, 0), np.float32), "shape"),
        "other dimension": (vectors(2, 9), "9 dimensions"),
    }


@pytest.mark.parametrize("case", bad_embeddings())
def test_bad_embeddings_are_refused_and_change_nothing(gallery, case):
    gallery.add("Ada", vectors(1), **MODEL)
    before = gallery.list()
    bad, reason = bad_embeddings()[case]
    for name in ("Ada", "Grace"):
        with pytest.raises(InvalidEmbeddingError, match=reason):
            gallery.add(name, bad, **MODEL, thumbnail=b"new")
    with pytest.raises(InvalidEmbeddingError, match=reason):
        nearest(gallery, bad)
    assert gallery.list() == before


def test_nobody_is_enrolled_without_an_embedding(gallery):
    with pytest.raises(InvalidEmbeddingError, match="picture"):
        gallery.add("Ada", vectors(0), **MODEL)
    assert gallery.list() == ()


@pytest.mark.parametrize(
    "extra",
    [
        {"model": " "},
        {"preprocessing": ""},
        {"model": "a\nb"},
        {"consent": replace(CONSENT, text=" ")},
        {"consent": replace(CONSENT, text="\ud800")},
        {"consent": replace(CONSENT, version="")},
        {"consent": replace(CONSENT, given=datetime(2026, 1, 1))},
    ],
)
def test_blank_facts_are_refused(gallery, extra):
    with pytest.raises(InvalidRequestError):
        gallery.add("Ada", vectors(1), **{**MODEL, **extra})
    assert gallery.list() == ()


# --- removing and renaming --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_removed_person_is_gone_and_the_others_stay(gallery, by):
    ada = gallery.add("Ada", vectors(2, seed=1), **MODEL)
    grace = gallery.add("Grace", vectors(2, seed=2), **MODEL)
    assert [match.name for match in nearest(gallery, vectors(1, seed=1))[0]] == ["Ada", "Grace"]
    assert gallery.remove(ada.id if by == "id" else " ADA ") == ada
    assert gallery.list() == (grace,)
    assert [match.name for match in nearest(gallery, vectors(1, seed=1))[0]] == ["Grace"]
    for call in (gallery.get, gallery.remove, lambda p: gallery.rename(p, "B")):
        with pytest.raises(UnknownPersonError, match="list of people"):
            call(ada.id)
    with pytest.raises(UnknownPersonError):
        gallery.embeddings_of("Ada", **MODEL)
    assert gallery.add("Ada", vectors(1), **MODEL).id != ada.id


def test_renaming_keeps_the_person(gallery):
    ada = gallery.add("Ada", vectors(2), **MODEL)
    renamed = gallery.rename("ada", "  Grace   Hopper ")
    assert (renamed.id, renamed.name, renamed.embeddings) == (ada.id, "Grace Hopper", 2)
    assert nearest(gallery, vectors(1))[0][0].name == "Grace Hopper"
    with pytest.raises(UnknownPersonError):
        gallery.get("Ada")
    assert gallery.rename(ada.id, "GRACE hopper").name == "GRACE hopper"
    assert gallery.rename(ada.id, "GRACE hopper").name == "GRACE hopper"


def test_renaming_never_merges_two_people(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    gallery.add("Grace", vectors(1), **MODEL)
    before = gallery.list()
    with pytest.raises(NameTakenError, match="Grace"):
        gallery.rename("Ada", "GRACE")
    assert gallery.list() == before


def test_an_id_goes_before_a_name(gallery):
    ada = gallery.add("Ada", vectors(1), **MODEL)
    impostor = gallery.add(ada.id, vectors(1), **MODEL)
    assert gallery.get(ada.id) == ada
    assert gallery.get(impostor.id).name == ada.id


def test_clearing_forgets_everybody(gallery):
    assert gallery.clear() == 0
    gallery.add("Ada", vectors(2), **MODEL)
    gallery.add("Grace", vectors(1, 4), **OTHER_MODEL)
    assert gallery.clear() == 2
    assert gallery.list() == ()
    assert gallery.count(**MODEL) == 0
    assert nearest(gallery, vectors(1, 5)) == [()]  # even the dimension is free again


def test_people_are_listed_by_casefolded_name(gallery):
    for name in ("beta", "Älva", "Alpha", "BETA 2", "alpha 1", "山田"):
        gallery.add(name, vectors(1), **MODEL)
    assert [p.name for p in gallery.list()] == ["Alpha", "alpha 1", "beta", "BETA 2", "Älva", "山田"]


# --- models and preprocessing -----------------------------------------------------------------------------------------


def test_embeddings_of_other_models_or_preprocessing_are_never_compared(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    gallery.add("Grace", vectors(2), **OTHER_MODEL)
    gallery.add("Mary", vectors(1), **NEWER)
    for which, name in ((MODEL, "Ada"), (OTHER_MODEL, "Grace"), (NEWER, "Mary")):
        ((match,),) = nearest(gallery, vectors(1), **which)
        assert (match.name, match.distance) == (name, 0.0)
        assert gallery.count(**which) == 1
    assert nearest(gallery, vectors(2), model="vgg", preprocessing="mtcnn-1") == [(), ()]
    assert gallery.count("vgg", "mtcnn-1") == 0


def test_a_person_with_other_embeddings_only_must_enrol_again(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    with pytest.raises(NotEnrolledWithModelError, match=r"another model.*enrol Ada again with facenet"):
        gallery.embeddings_of("Ada", **OTHER_MODEL)
    with pytest.raises(NotEnrolledWithModelError, match=r"another version.*enrol Ada again"):
        gallery.embeddings_of("Ada", **NEWER)
    gallery.add("Ada", vectors(1, seed=5), **NEWER)
    np.testing.assert_array_equal(gallery.embeddings_of("Ada", **NEWER), vectors(1, seed=5))
    np.testing.assert_array_equal(gallery.embeddings_of("Ada", **MODEL), vectors(1))


def test_a_model_has_one_dimension_whatever_the_preprocessing(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    with pytest.raises(InvalidEmbeddingError, match="4 dimensions"):
        gallery.add("Ada", vectors(1, 4), **NEWER)


# --- searching --------------------------------------------------------------------------------------------------------


def naive_search(enrolled, probe, metric, top_k):
    """(name, distance) pairs by the definition: a loop over everybody's embeddings."""
    people = [(min(distance(probe, e, metric) for e in rows), name.casefold(), name) for name, rows in enrolled.items()]
    return [(name, d) for d, _, name in sorted(people)[:top_k]]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dimension", [3, 128])
def test_search_agrees_with_a_naive_loop(gallery, metric, dimension):
    rng = np.random.default_rng(7)
    enrolled = {}
    for i in rng.permutation(40):
        enrolled[f"{'Pp'[i % 2]}erson {i}"] = vectors(int(rng.integers(1, 6)), dimension, seed=100 + i)
    for name, rows in enrolled.items():
        for row in rows:
            gallery.add(name, row[None], **MODEL)
    ids = {person.name: person.id for person in gallery.list()}
    some = np.stack([rows[-1] for rows in enrolled.values()])[:3]
    probes = np.concatenate([vectors(4, dimension, seed=1), some, some + 1e-4])
    for top_k in (1, 5, 1000):
        found = nearest(gallery, probes, top_k, metric)
        assert len(found) == len(probes)
        for probe, matches in zip(probes, found, strict=True):
            assert [(m.name, m.distance) for m in matches] == naive_search(enrolled, probe, metric, top_k)
            assert all(m.person_id == ids[m.name] for m in matches)


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_embedding_is_exactly_zero_apart(gallery, metric):
    for i in range(30):
        gallery.add(f"P{i}", vectors(1, 512, seed=i), **MODEL)
    for i in range(30):
        match = nearest(gallery, vectors(1, 512, seed=i), 1, metric)[0][0]
        assert (match.name, match.distance) == (f"P{i}", 0.0)


@pytest.mark.parametrize("metric", METRICS)
def test_ties_go_by_casefolded_name(gallery, metric):
    names = [f"{'Nn'[i % 2]}ame {i:03}" for i in range(120)]
    near, far, probe = vectors(1, 128, seed=7), -vectors(1, 128, seed=7), vectors(1, 128, seed=7) + 0.5
    for i in np.random.default_rng(1).permutation(120):
        gallery.add(names[i], far if i % 3 else near, **MODEL)  # two distances for everybody
    expected = names[::3] + [name for i, name in enumerate(names) if i % 3]
    for top_k in (1, 10, 39, 41, 120):
        (matches,) = nearest(gallery, probe, top_k, metric)
        assert [m.name for m in matches] == expected[:top_k]
        assert len({m.distance for m in matches}) == (1 if top_k <= 40 else 2)


@pytest.mark.parametrize("metric", METRICS)
def test_rounding_of_the_matrix_product_hides_nobody(gallery, metric):
    """120 people at distances that differ by less than a float32 matrix product is off."""
    rng = np.random.default_rng(5)
    probe, *others = rng.standard_normal((121, 512))
    probe /= np.linalg.norm(probe)
    enrolled = {}
    for i, other in enumerate(others):
        across = other - (other @ probe) * probe
        cosine = 0.995 - i * 1e-8
        person = cosine * probe + np.sqrt(1 - cosine**2) * across / np.linalg.norm(across)
        enrolled[f"P{i}"] = person[None].astype(np.float32)
    for i in rng.permutation(120):
        gallery.add(f"P{i}", enrolled[f"P{i}"], **MODEL)
    probe = probe.astype(np.float32)
    for top_k in (1, 2, 5, 20, 60):
        (matches,) = nearest(gallery, probe[None], top_k, metric)
        assert [(m.name, m.distance) for m in matches] == naive_search(enrolled, probe, metric, top_k)


def test_search_sees_every_change_at_once(gallery):
    probe = vectors(1, seed=3)
    assert nearest(gallery, probe) == [()]
    gallery.add("Ada", vectors(1, seed=1), **MODEL)
    far = nearest(gallery, probe)[0][0].distance
    gallery.add("Ada", probe, **MODEL)
    assert nearest(gallery, probe)[0][0].distance == 0.0 < far
    gallery.rename("Ada", "Grace")
    assert nearest(gallery, probe)[0][0].name == "Grace"
    gallery.clear()
    assert nearest(gallery, probe) == [()]


def test_no_probe_no_answer(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    assert nearest(gallery, vectors(0)) == []


def test_what_cannot_be_searched_is_refused(gallery):
    for top_k in (0, -1):
        with pytest.raises(InvalidRequestError, match="top_k"):
            nearest(gallery, vectors(1), top_k)
    with pytest.raises(InvalidRequestError, match="euclid"):
        nearest(gallery, vectors(1), metric="euclid")


# --- life -------------------------------------------------------------------------------------------------------------


def test_a_closed_gallery_says_so(new_gallery):
    with new_gallery() as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        nearest(gallery, vectors(1))
    gallery.close()
    for call in (gallery.list, gallery.clear, lambda: gallery.get("Ada"), lambda: nearest(gallery, vectors(1))):
        with pytest.raises(GalleryUnavailableError, match="closed"):
            call()


def test_two_galleries_share_nothing(new_gallery):
    one, other = new_gallery(), new_gallery()
    one.add("Ada", vectors(1), **MODEL)
    assert other.list() == ()
    assert nearest(other, vectors(1)) == [()]


def test_eight_threads_lose_nothing(gallery):
    gallery.add("Shared", vectors(1, seed=99), **MODEL)
    start = threading.Barrier(8)
    failures = []

    def work(thread):
        try:
            start.wait()
            for i in range(5):
                seed = 10 * thread + i
                gallery.add(f"T{thread} {i}", vectors(1, seed=seed), **MODEL)
                gallery.add("Shared", vectors(1, seed=1000 + seed), **MODEL)
                assert nearest(gallery, vectors(1, seed=seed))[0][0].name == f"T{thread} {i}"
                assert len(gallery.list()) >= i + 2
            gallery.rename(f"T{thread} 0", f"renamed {thread}")
            gallery.remove(f"T{thread} 1")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert gallery.count(**MODEL) == 1 + 8 * 4
    assert gallery.get("Shared").embeddings == 1 + 8 * 5
    for thread in range(8):
        assert nearest(gallery, vectors(1, seed=10 * thread))[0][0].name == f"renamed {thread}"


# --- lists of many ----------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(gallery):
    for i, name in enumerate(["Érica", "Bob_1", "ada%", "Adam", "bob 2", "Strauß"]):
        gallery.upsert([record(name, created=NOW - timedelta(days=i))])
    return gallery


def record(name, count=1, seed=0, **facts):
    return Record(name, (EmbeddingSet(**MODEL, vectors=vectors(count, seed=seed)),), **facts)


def test_a_list_is_searched_sorted_and_paged(crowd):
    def shown(**which):
        return [person.name for person in crowd.list(**which)]

    assert shown() == ["ada%", "Adam", "bob 2", "Bob_1", "Strauß", "Érica"]
    assert shown(sort="newest") == ["Érica", "Bob_1", "ada%", "Adam", "bob 2", "Strauß"]
    assert shown(sort="oldest") == shown(sort="newest")[::-1]
    assert shown(limit=2, offset=3) == ["Bob_1", "Strauß"]
    assert shown(limit=0) == shown(offset=6) == []
    assert shown(search="ADA") == ["ada%", "Adam"]
    assert shown(search="%") == ["ada%"]
    assert shown(search="_") == ["Bob_1"]
    assert shown(search="E\u0301R") == ["Érica"]
    assert shown(search="STRAUSS") == ["Strauß"]
    assert shown(search="bob", sort="newest", limit=1) == ["Bob_1"]
    assert shown(search='\ud800"') == []
    assert (crowd.count(), crowd.count(search="ad"), crowd.count(**MODEL, search="bob")) == (6, 2, 2)
    assert crowd.count("vgg") == 0


def test_those_with_most_pictures_come_first_and_ties_go_by_name(gallery):
    gallery.upsert([record("Ada"), record("bea", 3), record("Cy", 2), record("Ann")])
    gallery.add("Ann", vectors(2, 4), **OTHER_MODEL)
    shown = [(person.name, person.embeddings) for person in gallery.list(sort="pictures")]
    assert shown == [("Ann", 3), ("bea", 3), ("Cy", 2), ("Ada", 1)]
    assert [person.name for person in gallery.list(sort="pictures", limit=2, offset=1)] == ["bea", "Cy"]


@pytest.mark.parametrize("which", [{"sort": "height"}, {"limit": -1}, {"offset": -1}])
def test_what_is_no_page_is_refused(gallery, which):
    with pytest.raises(InvalidRequestError):
        gallery.list(**which)


def test_the_mean_over_a_person_is_an_option(gallery):
    rng = np.random.default_rng(3)
    enrolled = {f"P{i}": vectors(int(rng.integers(1, 6)), 16, seed=50 + i) for i in range(30)}
    gallery.upsert([Record(name, (EmbeddingSet(**MODEL, vectors=rows),)) for name, rows in enrolled.items()])
    gallery.remove("P3")
    del enrolled["P3"]
    probes = vectors(4, 16, seed=9)
    for metric in METRICS:
        found = gallery.search(probes, metric=metric, top_k=7, mean=True, **MODEL)
        for probe, matches in zip(probes, found, strict=True):
            means = {name: np.mean([distance(probe, e, metric) for e in rows]) for name, rows in enrolled.items()}
            assert [m.name for m in matches] == sorted(means, key=means.__getitem__)[:7]
            assert [m.distance for m in matches] == pytest.approx(sorted(means.values())[:7], rel=1e-6)


def test_embeddings_too_large_and_too_small_for_float32_products_are_told_apart(gallery):
    gallery.add("Huge", np.full((1, 4), 3e18, np.float32), **MODEL)
    gallery.add("Tiny", np.array([[1e-19, 2e-19, 0, 0]], np.float32), **MODEL)
    probes = np.array([[1e-19, 2.1e-19, 0, 0], [2e18, 3e18, 3e18, 3e18]], np.float32)
    for metric in METRICS:
        first, second = nearest(gallery, probes, 1, metric)
        assert (first[0].name, second[0].name) == ("Tiny", "Huge")


# --- many at once -----------------------------------------------------------------------------------------------------


def test_many_people_are_enrolled_at_once_and_again_without_doubles(gallery):
    batch = [record(f"P{i:03}", 2, seed=i) for i in range(300)]
    people = gallery.upsert(batch)
    assert [person.name for person in people] == [f"P{i:03}" for i in range(300)]
    assert gallery.upsert(batch[:2]) == people[:2]
    assert gallery.upsert([record("p000", 3, seed=0)])[0].embeddings == 3  # the first two of them are known
    assert gallery.upsert([]) == ()
    assert gallery.count(**MODEL) == 300
    assert nearest(gallery, vectors(2, seed=77)[1:], 1)[0][0].name == "P077"


def test_all_of_many_are_enrolled_or_none(gallery):
    gallery.add("Ada", vectors(1), **MODEL)
    before = gallery.list()
    for bad, error in (
        (record("a\nb"), InvalidNameError),
        (Record("Grace", (EmbeddingSet(**MODEL, vectors=vectors(1, 9)),)), InvalidEmbeddingError),
        (Record("Grace", ()), InvalidEmbeddingError),
        (record("Grace", expires=datetime(2030, 1, 1)), InvalidRequestError),
    ):
        with pytest.raises(error):
            gallery.upsert([record("Mary"), record("Ada", seed=5), bad])
        assert gallery.list() == before


def test_records_hold_all_that_was_enrolled(gallery):
    earlier = NOW - timedelta(days=3)
    gallery.upsert([record("Ada", 2, thumbnail=b"jpeg", consent=CONSENT, created=earlier)])
    gallery.add("Ada", vectors(1, 4), **OTHER_MODEL)
    gallery.add("Grace", vectors(1, seed=5), **NEWER)
    ada, grace = gallery.records()
    assert (ada.name, ada.thumbnail, ada.consent, ada.created) == ("Ada", b"jpeg", CONSENT, earlier)
    assert [(s.model, s.preprocessing, s.vectors.shape) for s in ada.sets] == [
        ("facenet", "mtcnn-1", (1, 4)),
        ("resnet", "mtcnn-1", (2, 8)),
    ]
    np.testing.assert_array_equal(ada.sets[1].vectors, vectors(2))
    np.testing.assert_array_equal(grace.sets[0].vectors, vectors(1, seed=5))


# --- taken out, and put back ------------------------------------------------------------------------------------------


def test_whoever_is_taken_out_is_gone_and_comes_back_whole(gallery):
    earlier = NOW - timedelta(days=3)
    gallery.upsert([record("Ada", 2, thumbnail=b"jpeg", consent=CONSENT, created=earlier), record("Bea", seed=9)])
    before = gallery.add("Ada", vectors(1, 4), **OTHER_MODEL)
    taken = gallery.take("ada")
    assert taken.id == before.id
    assert [person.name for person in gallery.list()] == ["Bea"]
    assert [match.name for match in nearest(gallery, vectors(1))[0]] == ["Bea"]
    with pytest.raises(UnknownPersonError):
        gallery.take(before.id)
    assert gallery.restore(taken) == before == gallery.get(before.id)
    assert gallery.get("Ada").thumbnail == b"jpeg"
    assert gallery.get("Ada").consent == CONSENT
    np.testing.assert_array_equal(gallery.embeddings_of(before.id, **MODEL), vectors(2))
    np.testing.assert_array_equal(gallery.embeddings_of(before.id, **OTHER_MODEL), vectors(1, 4))
    assert nearest(gallery, vectors(1))[0][0].person_id == before.id


def test_nobody_comes_back_under_a_name_that_was_given_away(gallery):
    gallery.upsert([record("Ada")])
    taken = gallery.take("Ada")
    gallery.upsert([record("ADA", seed=5)])
    with pytest.raises(NameTakenError):
        gallery.restore(taken)
    (other,) = gallery.list()
    assert (other.name, other.embeddings) == ("ADA", 1)
    gallery.rename("ADA", "Ann")
    assert gallery.restore(taken).id == taken.id


def test_coming_back_does_not_begin_the_time_anew(timed):
    gallery, clock = timed
    until = gallery.add("Ada", vectors(1), **MODEL).expires
    clock.now += timedelta(days=1)
    assert gallery.restore(gallery.take("Ada")).expires == until


# --- consent and time -------------------------------------------------------------------------------------------------


def test_the_consent_is_kept_with_its_version_and_time(gallery):
    assert gallery.add("Ada", vectors(1), **MODEL, consent=CONSENT).consent == CONSENT
    assert gallery.add("Ada", vectors(1, seed=2), **MODEL).consent == CONSENT
    newer = replace(CONSENT, version="2027-01")
    assert gallery.add("Ada", vectors(1, seed=3), **MODEL, consent=newer).consent == newer
    assert gallery.get("Ada").consent == gallery.list()[0].consent == newer
    assert gallery.add("Grace", vectors(1), **MODEL).consent is None


def test_people_are_forgotten_when_their_time_is_over(timed):
    gallery, clock = timed
    ada = gallery.add("Ada", vectors(1), **MODEL)
    assert ada.expires == clock.now + timedelta(days=30)
    clock.now += timedelta(days=20)
    gallery.add("Grace", vectors(1, seed=2), **MODEL)
    clock.now += timedelta(days=10) - timedelta(microseconds=1)
    assert [match.name for match in nearest(gallery, vectors(1))[0]] == ["Ada", "Grace"]
    clock.now += timedelta(microseconds=1)
    assert [match.name for match in nearest(gallery, vectors(1))[0]] == ["Grace"]
    assert [person.name for person in gallery.list()] == ["Grace"]
    assert gallery.count(**MODEL) == 1
    with pytest.raises(UnknownPersonError):
        gallery.get("Ada")
    assert gallery.add("Ada", vectors(1), **MODEL).id != ada.id


def test_new_pictures_begin_the_time_anew_and_nothing_outlasts_the_retention(timed):
    gallery, clock = timed
    first = gallery.add("Ada", vectors(1), **MODEL).expires
    clock.now += timedelta(days=10)
    assert gallery.add("Ada", vectors(1, seed=2), **MODEL).expires == first + timedelta(days=10)
    soon, late = clock.now + timedelta(days=1), clock.now + timedelta(days=99)
    people = gallery.upsert([record("Soon", expires=soon), record("Late", expires=late)])
    assert [person.expires for person in people] == [soon, clock.now + timedelta(days=30)]


def test_a_clock_forgets_them_without_being_asked_for_people(timed):
    gallery, clock = timed
    gallery.add("Ada", vectors(1), **MODEL)
    assert gallery.expire() == 0
    clock.now += timedelta(days=31)
    assert gallery.expire() == 1
    assert gallery.expire() == 0


# --- namespaces -------------------------------------------------------------------------------------------------------


def test_no_call_reaches_another_namespace(in_namespaces):
    one, other = in_namespaces
    ada = one.add("Ada", vectors(1), **MODEL, thumbnail=b"jpeg", consent=CONSENT)
    assert other.list() == other.list(search="a") == ()
    assert nearest(other, vectors(1)) == [()]
    assert (other.count(), other.count(**MODEL), list(other.records())) == (0, 0, [])
    for call in (
        lambda: other.get(ada.id),
        lambda: other.get("Ada"),
        lambda: other.remove(ada.id),
        lambda: other.rename(ada.id, "Eve"),
        lambda: other.embeddings_of(ada.id, **MODEL),
    ):
        with pytest.raises(UnknownPersonError):
            call()
    assert other.clear() == 0
    other.add("Ada", vectors(1, 4), **MODEL)  # the same name, and a length of its own
    other.rename("Ada", "Grace")
    assert other.clear() == 1
    assert one.list() == (ada,)
    assert nearest(one, vectors(1))[0][0].person_id == ada.id


def test_a_retention_holds_for_those_enrolled_before_it(open_namespace):
    kept, other = open_namespace("tenant"), open_namespace("another tenant")
    ada, soon = kept.upsert([record("Ada"), record("Soon", expires=datetime.now(UTC) + timedelta(days=1))])
    grace = other.upsert([record("Grace")])[0]
    assert (ada.expires, grace.expires) == (None, None)
    before = datetime.now(UTC)
    limited = open_namespace("tenant", retention=timedelta(days=30))
    end = limited.get("Ada").expires
    assert before + timedelta(days=30) <= end <= datetime.now(UTC) + timedelta(days=30)
    assert kept.get("Ada").expires == end  # for whoever else has it open, too
    assert limited.get("Soon").expires == soon.expires
    assert other.get("Grace").expires is None
    time.sleep(0.01)
    assert open_namespace("tenant", retention=timedelta(days=30)).get("Ada").expires == end  # it begins once
    shorter = open_namespace("tenant", retention=timedelta(days=7)).get("Ada").expires
    assert shorter < end
    taken = limited.take("Ada")
    assert limited.restore(taken).expires == shorter


def test_time_runs_out_in_every_namespace(in_namespaces):
    one, other = in_namespaces
    one.upsert([record("Ada", expires=datetime.now(UTC) + timedelta(seconds=0.3))])
    time.sleep(0.4)
    assert other.expire() == 1
    assert one.list() == ()


@pytest.mark.parametrize("namespace", ["", " ", "a\nb", "x" * 201])
def test_what_is_no_namespace_is_refused(open_namespace, namespace):
    with pytest.raises(InvalidRequestError, match="namespace"):
        open_namespace(namespace)
