"""The memory of a run: keyed by everything that matters, and by nothing else's luck."""

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.store import EmbeddingStore, maker_of
from facestyle.settings import Settings


class Model:
    def __init__(self, model="mtcnn", version="1"):
        self.model, self.version = model, version


def test_what_was_put_is_got_again_from_the_file(tmp_path):
    vector = np.arange(4, dtype=np.float32)
    store = EmbeddingStore(tmp_path / "new" / "cache.sqlite", "maker")
    assert store.get(b"a") == (False, None)
    store.put([(b"a", vector), (b"none", None)])
    store.close()
    again = EmbeddingStore(tmp_path / "new" / "cache.sqlite", "maker")
    known, found = again.get(b"a")
    assert known
    np.testing.assert_array_equal(found, vector)
    assert again.get(b"none") == (True, None)  # "no face" is an answer, too
    assert EmbeddingStore(tmp_path / "new" / "cache.sqlite", "other").get(b"a") == (False, None)


def test_anything_that_changes_an_embedding_changes_the_key(tmp_path):
    settings = Settings()
    makers = [
        maker_of(Model(), Model("dlib_resnet"), settings),
        maker_of(Model(version="2"), Model("dlib_resnet"), settings),
        maker_of(Model("yunet"), Model("dlib_resnet"), settings),
        maker_of(Model(), Model("dlib_resnet", "2"), settings),
        maker_of(Model(), Model("facenet"), settings),
        maker_of(Model(), Model("dlib_resnet"), Settings(min_face_size=40)),
        maker_of(Model(), Model("dlib_resnet"), Settings(detection_size=640)),
        maker_of(Model("not_in_the_catalogue"), Model("dlib_resnet"), settings),
    ]
    catalogue = (settings.weights_dir / "catalog.toml").read_text("utf-8")
    (tmp_path / "catalog.toml").write_text(catalogue.replace("61d7244c", "00000000"), "utf-8")  # MTCNN's sum
    makers.append(maker_of(Model(), Model("dlib_resnet"), Settings(weights_dir=tmp_path)))
    assert len(set(makers)) == len(makers)
    assert maker_of(Model(), Model("dlib_resnet"), Settings(threads=1, cache_dir=tmp_path)) == makers[0]


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "cache.sqlite").write_bytes(b"not a database, but longer than a header of one hundred bytes" * 3)
    with pytest.raises(InvalidRequestError, match=r"cache\.sqlite.*--no-cache"):
        EmbeddingStore(tmp_path / "cache.sqlite", "maker")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequestError, match="can't be used"):
        EmbeddingStore(tmp_path / "file" / "cache.sqlite", "maker")
