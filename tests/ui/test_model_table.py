from facestyle.ui import texts
from facestyle.ui.model_table import choices, table
from tests.ui.fakes import FakeHub, model_of


def test_the_table_has_the_facts_of_each_model():
    shown = table([("embedder", FakeHub().models("embedder"), "cached")], public=False)
    rows = shown.split("<tr>")[2:]
    assert len(rows) == 3
    assert texts.MODEL_PLACES["on_board"] in rows[0]
    assert texts.MODEL_VERIFIED["file"] in rows[0]
    assert texts.MODEL_PLACES["downloaded"] in rows[1]
    assert texts.MODEL_IN_USE in rows[1]
    for fact in (texts.MODEL_PLACES["hub"], texts.MODEL_VERIFIED["schema"], "LFW 99.4 %", "12 MB", "MIT"):
        assert fact in rows[2]
    assert shown.count(texts.MODEL_IN_USE) == 1


def test_each_purpose_has_its_heading_and_its_lines():
    hub = FakeHub()
    groups = [("embedder", hub.models("embedder"), "far"), ("detector", hub.models("detector"), "far_detector")]
    _, first, second = table(groups, public=False).split("<tbody>")
    assert texts.MODEL_GROUPS["embedder"] in first
    assert f"The far <small>{texts.MODEL_IN_USE}</small>" in first
    assert texts.MODEL_GROUPS["detector"] in second
    assert f"The far_detector <small>{texts.MODEL_IN_USE}</small>" in second


def test_the_table_escapes_what_the_catalogue_says():
    entry = model_of("evil", "on_board", title="<b>", licence="<i>", published={"<u>": 1.0}, size=400_000)
    shown = table([("embedder", [entry], "evil")], public=False)
    assert not {"<b>", "<i>", "<u>"} & {shown[index : index + 3] for index in range(len(shown))}
    assert texts.MODEL_SIZE_SMALL in shown


def test_in_public_what_is_not_here_is_shown_but_not_offered():
    models = FakeHub().models("detector")
    assert [ident for _, ident in choices(models, public=False)] == ["fake_detector", "cached_detector", "far_detector"]
    assert [ident for _, ident in choices(models, public=True)] == ["fake_detector", "cached_detector"]
    assert texts.MODEL_PLACE_PUBLIC in table([("detector", models, "fake_detector")], public=True)
