"""The README's front matter is a Space's configuration: what it names must be what the catalogue and the app use."""

from pathlib import Path

from huggingface_hub import metadata_load

from facestyle import weights

ROOT = Path(__file__).resolve().parent.parent


def configuration():
    return metadata_load(ROOT / "README.md")


def hub_entries():
    return [entry for entry in weights.catalogue().values() if entry.hub is not None]


def test_the_space_runs_the_app_with_the_gradio_of_the_requirements():
    found = configuration()
    assert found["sdk"] == "gradio"
    assert (ROOT / found["app_file"]).is_file()
    assert f"gradio>={'.'.join(found['sdk_version'].split('.')[:2])}," in (ROOT / "requirements.txt").read_text("utf-8")
    assert len(found["short_description"]) <= 60  # the Hub refuses longer ones


def test_every_repository_named_is_one_of_the_catalogue_and_all_choices_are_named():
    named = set(configuration()["models"])
    assert named <= {entry.hub.repo for entry in hub_entries()}
    assert named >= {entry.hub.repo for entry in hub_entries() if entry.role in {"embedder", "detector"}}


def test_what_is_fetched_at_build_time_is_what_the_catalogue_pins():
    pinned = {(e.hub.repo, file.name, e.hub.revision) for e in hub_entries() for file in e.hub.files}
    asked = [tuple(line.split()) for line in configuration()["preload_from_hub"]]
    assert asked
    assert set(asked) <= pinned
