from __future__ import annotations

import pytest

from facestyle.errors import InvalidNameError
from facestyle.faces.gallery.names import MAX_NAME_LENGTH, name_key, normalize_name


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \t  Lovelace \n", "Ada Lovelace"),
        ("Ada\u00a0\u3000Lovelace", "Ada Lovelace"),
        ("Jose\u0301", "Jos\u00e9"),
        ("山田 太郎", "山田 太郎"),
        ("ÅSA Öberg", "ÅSA Öberg"),
        ("עדה לאבלייס", "עדה לאבלייס"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("O'Brien-Smith; DROP TABLE person", "O'Brien-Smith; DROP TABLE person"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("7", "7"),
        ("x" * MAX_NAME_LENGTH, "x" * MAX_NAME_LENGTH),
        ("e\u0301" * MAX_NAME_LENGTH, "\u00e9" * MAX_NAME_LENGTH),
    ],
)
def test_names_of_any_script_are_stored_in_one_form(entered, stored):
    assert normalize_name(entered) == stored
    assert normalize_name(stored) == stored


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        ("", "empty"),
        (" \t\n ", "empty"),
        ("x" * (MAX_NAME_LENGTH + 1), "longer"),
        ("a" + "\u0301" * 100_000, "longer"),
        ("Ada\nLovelace", "line break"),
        ("Ada\r\nLovelace", "line break"),
        ("Ada\u2028Lovelace", "line break"),
        ("Ada\u2029Lovelace", "line break"),
        ("Ada\x85Lovelace", "line break"),
        ("Ada\x00", "U\\+0000"),
        ("\x1b[31mAda", "U\\+001B"),
        ("Ada\x7f", "U\\+007F"),
        ("Ada\ud800", "U\\+D800"),
        ("Ada\u202eecalevoL", "U\\+202E"),
        ("\u2066Ada", "U\\+2066"),
        ("Ada\u200f", "U\\+200F"),
        ("Ada\u200b", "U\\+200B"),
        ("\ufeffAda", "U\\+FEFF"),
        ("Ada\u3164", "U\\+3164"),
        ("Ada\u2063", "U\\+2063"),
        ("\u2800", "U\\+2800"),
        ("Ada\U000e0041", "U\\+E0041"),
        ("\u200d", "visible"),
        ("\u0301", "visible"),
    ],
)
def test_other_names_are_refused_with_a_reason(entered, reason):
    with pytest.raises(InvalidNameError, match=reason) as caught:
        normalize_name(entered)
    assert caught.value.code == "invalid_name"
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "ADA"), ("Straße", "STRASSE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("Jos\u00e9", "JOSE\u0301"), ("\u1f80", "\u1f88")],
)
def test_case_does_not_make_another_name(one, other):
    assert name_key(normalize_name(one)) == name_key(normalize_name(other))


@pytest.mark.parametrize(("one", "other"), [("Ada", "Adá"), ("Ada", "Ad a"), ("Ada", "Аda")])
def test_other_letters_do(one, other):
    assert name_key(normalize_name(one)) != name_key(normalize_name(other))
