"""The last allowed and the first refused value of each rule, and the error message."""

import decimal
import json
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from iso4217 import Currency

from braze_qt._validation import fields
from braze_qt._validation.currencies import CURRENCIES
from braze_qt._validation.fields import (
    birth_text,
    checked_currency,
    checked_email,
    checked_gender,
    checked_integer,
    checked_name,
    checked_number,
    checked_phone,
    checked_quantity,
    checked_signature,
    checked_string,
    checked_user_id,
    price_text,
)

HUGE = 10**5000
"""Python refuses to write out an integer of so many digits."""


def fault(check: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        check(*args)
    return str(caught.value)


class Word(str, Enum):
    """A string to Python and to JSON, whose ``str`` is something else."""

    PLAN = "pro"
    GENDER = "f"
    MAIL = "ada@example.org"
    PHONE = "030 1"


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "n" * 255, "🎉" * 255, "a$", "ünï ✓", "a\\b", "it's", " "])
def test_a_valid_name_is_accepted(name: str) -> None:
    assert checked_name("key", name) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "key must be a non-empty string, not an empty one"),
        (None, "key must be a non-empty string, not NoneType"),
        (b"x", "key must be a non-empty string, not bytes"),
        ("n" * 256, "key has 256 characters, 255 are allowed"),
        ("🎉" * 300, "key has 300 characters, 255 are allowed"),
        ("$x", "key must not begin with a dollar sign"),
        ("$", "key must not begin with a dollar sign"),
        *(
            (name, "key must not hold control characters, double quotes or lone surrogates")
            for name in ("\0", "a\x1f", "a\x7fb", "\x80", "\x9f", "a\n", 'a"', "\ud800", "\udfff")
        ),
    ],
)
def test_an_invalid_name_is_refused(name: Any, said: str) -> None:
    assert fault(checked_name, "key", name) == said


@pytest.mark.parametrize("user_id", ["u" * 997, "ü" * 498 + "u", "🎉" * 249, '"', "$x", "\n"])
def test_a_valid_user_id_is_accepted(user_id: str) -> None:
    assert checked_user_id(user_id) == user_id


@pytest.mark.parametrize(
    ("user_id", "said"),
    [
        ("u" * 998, "user_id has 998 bytes of UTF-8, 997 are allowed"),
        ("ü" * 499, "user_id has 998 bytes of UTF-8, 997 are allowed"),
        ("🎉" * 250, "user_id has 1000 bytes of UTF-8, 997 are allowed"),
        ("", "user_id must be a non-empty string, not an empty one"),
        (7, "user_id must be a non-empty string, not int"),
        ("\ud800", "user_id: text that is not valid Unicode"),
    ],
)
def test_an_invalid_user_id_is_refused(user_id: Any, said: str) -> None:
    assert fault(checked_user_id, user_id) == said


def test_a_signature_is_bounded_printable_ascii() -> None:
    """No error message holds the signature."""
    assert checked_signature("!" + "x" * 7_998 + "~") == "!" + "x" * 7_998 + "~"
    assert fault(checked_signature, "x" * 8_001) == "the signature has 8001 characters, 8000 are allowed"
    for signature in ("", "a b", "a\nb", "a\n", "ü", "\x7f", None, b"x", 7):
        assert fault(checked_signature, signature) == "the signature must be printable ASCII without blanks"


# -- strings ---------------------------------------------------------------------------------------


def test_a_string_has_255_characters_at_most() -> None:
    assert checked_string("value", "") == ""
    assert checked_string("value", "🎉" * 255) == "🎉" * 255
    assert fault(checked_string, "value", "x" * 256) == "value: a string of 256 characters, 255 are allowed"
    assert fault(checked_string, "value", None) == "value must be a string, not NoneType"
    assert fault(checked_string, "value", 7) == "value must be a string, not int"
    assert fault(checked_string, "value", "\ud800") == "value: text that is not valid Unicode"


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (checked_name, Word.PLAN),
        (checked_string, Word.PLAN),
        (checked_gender, Word.GENDER),
        (checked_email, Word.MAIL),
        (checked_phone, Word.PHONE),
    ],
)
def test_a_string_enumeration_member_becomes_its_value(check: Callable[..., str], given: Word) -> None:
    checked = check("x", given)
    assert (type(checked), checked) == (str, given.value)


@pytest.mark.parametrize("email", ["a@b.c", "ü@exämple.org", "a.b+c@x.y.z", "a" * 249 + "@b.com"])
def test_a_valid_email_is_accepted(email: str) -> None:
    assert checked_email("email", email) == email


@pytest.mark.parametrize(
    "email", ["", "a", "a@b", "@b.c", "a@.c", "a@b.", "a@@b.c", "a@b@c.d", "a b@c.d", "a@b .c", "a@b.c\n"]
)
def test_an_invalid_email_is_refused(email: str) -> None:
    assert fault(checked_email, "email", email) == "email must have one @, a dot behind it, and no blanks"


def test_an_email_has_255_characters_at_most() -> None:
    assert fault(checked_email, "email", "a" * 250 + "@b.com") == (
        "email: a string of 256 characters, 255 are allowed"
    )
    assert fault(checked_email, "email", 7) == "email must be a string, not int"


@pytest.mark.parametrize("phone", ["+49 30 123456", "(030) 12.34-56", "1"])
def test_a_valid_phone_number_is_accepted(phone: str) -> None:
    assert checked_phone("phone", phone) == phone


@pytest.mark.parametrize("phone", ["", "+", "call me", "030/1", "030\n", "٣"])
def test_an_invalid_phone_number_is_refused(phone: str) -> None:
    assert fault(checked_phone, "phone", phone) == "phone must be digits, blanks and .()+-"


def test_a_gender_is_one_of_six_letters() -> None:
    assert [checked_gender("gender", letter) for letter in "mfonpu"] == list("mfonpu")
    for other in ("x", "M", "", "male", None, ["m"]):
        assert fault(checked_gender, "gender", other) == "gender must be one of m, f, o, n, p, u"


def test_a_date_of_birth_is_a_calendar_date() -> None:
    """It is written without leading zeros."""
    assert birth_text(1990, 7, 4) == "1990-7-4"
    assert birth_text(2000, 2, 29) == "2000-2-29"
    for born in ((1990, 0, 1), (1990, 13, 1), (1900, 2, 29), (1990, 4, 31), (0, 1, 1), (10_000, 1, 1)):
        assert fault(birth_text, *born).startswith("date of birth: ")
    for born in (("1990", 7, 4), (1990, 7.5, 4), (None, 7, 4), (HUGE, 1, 1), (True, 1, 1), (1990, 7, True)):
        assert fault(birth_text, *born).startswith("date of birth: ")


# -- purchases -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (10, "10.00"),
        (-10, "-10.00"),
        (0, "0.00"),
        (-0.0, "0.00"),
        ("-0.004", "0.00"),
        (9.99, "9.99"),
        (0.1 + 0.2, "0.30"),
        (2.675, "2.68"),  # what was written, not the binary number a hair below it
        ("2.675", "2.68"),
        ("-2.675", "-2.68"),
        (Decimal("2.665"), "2.67"),
        (Decimal("2.6749999"), "2.67"),
        ("0.005", "0.01"),
        ("0.00499", "0.00"),
        ("+1.5", "1.50"),
        ("1.", "1.00"),
        (".5", "0.50"),
        (1e-300, "0.00"),
        (Decimal("1E+2"), "100.00"),
        (9_999_999_999_999, "9999999999999.00"),
        ("9999999999999.99", "9999999999999.99"),
        ("-9999999999999.99", "-9999999999999.99"),
        ("1." + "3" * 5000, "1.33"),
    ],
)
def test_a_price_has_two_decimals_rounded_half_up(price: Any, text: str) -> None:
    assert price_text(price) == text


def test_the_host_s_decimal_context_changes_no_price() -> None:
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN, traps=[decimal.Inexact])):
        assert price_text("123456.785") == "123456.79"
        assert "finite and less than" in fault(price_text, "10000000000000")


@pytest.mark.parametrize(
    "price",
    [
        10**13,
        -(10**13),
        "10000000000000.00",
        1e13,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        Decimal("1E+999999"),
        pytest.param(HUGE, id="huge"),
        pytest.param(-HUGE, id="-huge"),
    ],
)
def test_a_huge_or_nonfinite_price_is_refused(price: Any) -> None:
    assert fault(price_text, price) == "price must be finite and less than 10000000000000"


@pytest.mark.parametrize("price", ["", "1,5", "1e3", "nan", " 1", "1\n", "EUR 5", "٣", "--1"])
def test_a_price_string_must_be_a_plain_decimal(price: str) -> None:
    assert fault(price_text, price) == "price must be a plain decimal number"


@pytest.mark.parametrize("price", [True, None, [1], 1j, b"1"])
def test_a_price_of_another_type_is_refused(price: Any) -> None:
    assert fault(price_text, price) == f"price must be a number, not {type(price).__name__}"


def test_the_currency_enumeration_equals_iso_4217() -> None:
    assert {currency.code for currency in Currency} == CURRENCIES


def test_a_currency_is_an_iso_4217_code() -> None:
    assert (checked_currency("EUR"), checked_currency("usd")) == ("EUR", "USD")
    for currency in ("EURO", "E", "", "XXY", "DEM", "€", None, 7, ["EUR"]):
        assert fault(checked_currency, currency) == "currency must be a code of ISO 4217 such as EUR"


def test_a_quantity_is_from_1_to_100() -> None:
    assert (checked_quantity(1), checked_quantity(100)) == (1, 100)
    for quantity in (0, 101, -1, 1.5, True, None, "1", HUGE):
        assert fault(checked_quantity, quantity) == "quantity must be a whole number from 1 to 100"


# -- numbers ---------------------------------------------------------------------------------------


def test_a_number_must_be_within_its_bounds() -> None:
    assert (checked_number("latitude", -90, -90, 90), checked_number("latitude", 90.0, -90, 90)) == (-90, 90)
    assert fault(checked_number, "latitude", 90.001, -90, 90) == (
        "latitude must be a finite number from -90 to 90"
    )
    assert fault(checked_number, "latitude", float("nan"), -90, 90) == (
        "latitude must be a finite number from -90 to 90"
    )
    assert fault(checked_number, "x", float("inf")) == "x must be a finite number"
    assert fault(checked_number, "x", HUGE) == "x must be a finite number"
    assert fault(checked_number, "x", True) == "x must be a number, not bool"
    assert fault(checked_number, "x", "1") == "x must be a number, not str"


def test_an_integer_has_64_bits() -> None:
    assert checked_integer("by", 2**63 - 1) == 2**63 - 1
    assert checked_integer("by", -(2**63)) == -(2**63)
    for beyond in (2**63, -(2**63) - 1, HUGE):
        assert fault(checked_integer, "by", beyond) == "by: an integer outside -2**63 to 2**63 - 1"
    for other in (2.5, True, None, "1", float("nan")):
        assert fault(checked_integer, "by", other) == f"by must be a whole number, not {type(other).__name__}"


def test_a_whole_float_becomes_an_integer() -> None:
    """QML has floats only; every other number stays as it is."""
    assert json.dumps([fields.whole(number) for number in (2.0, -0.0, 5e9, 2.5, 7, True)]) == (
        "[2, 0, 5000000000, 2.5, 7, true]"
    )
    assert fields.whole(float("inf")) == float("inf")
