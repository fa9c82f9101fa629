import contextlib
import pytest
from money import Money


def test_money_parse_raises_value_error_cannot_parse():
    with pytest.raises(ValueError) as error:
        Money.parse("a")
    assert str(error.value) == "cannot parse 'a'"


def test_money_parse_returns_minus_300():
    result = Money.parse("-3")
    assert result.cents == -300
    assert result.currency == "USD"


def test_money_parse_returns_120():
    result = Money.parse("1.2")
    assert result.cents == 120
    assert result.currency == "USD"


def test_money_parse_returns_100():
    result = Money.parse("1 1")
    assert result.cents == 100
    assert result.currency == "1"


def test_money_parse_raises_value_error_cannot_parse_2():
    with pytest.raises(ValueError) as error:
        Money.parse("")
    assert str(error.value) == "cannot parse ''"


def test_money_text_returns_text():
    money = Money(0)
    assert str(money) == "0.00 USD"


def test_money_text_returns_text_2():
    money = Money(-2)
    assert str(money) == "-0.02 USD"


def test_money_text_returns_text_3():
    money = Money(100)
    assert str(money) == "1.00 USD"


def test_money_split_raises_value_error_ways_must_be_positive():
    money = Money(1)
    with pytest.raises(ValueError) as error:
        money.split(0)
    assert str(error.value) == "ways must be positive"


def test_money_equality_returns_false_for_one_after_less_than():
    money = Money(1)
    with contextlib.suppress(AttributeError):
        money < 1
    assert (money == 1) is False


def test_money_equality_returns_false_for_a_after_addition():
    money = Money(1)
    with contextlib.suppress(AttributeError):
        money + "a"
    assert (money == "a") is False


def test_money_equality_returns_false():
    money = Money(1)
    assert (money == Money(3)) is False


def test_money_addition_returns_100():
    money = Money(1)
    result = money + Money(99)
    assert result.cents == 100
    assert result.currency == "USD"


def test_money_addition_raises_value_error_currencies_differ_after_split():
    money = Money(1, "a")
    money.split(1)
    with pytest.raises(ValueError) as error:
        money + Money(99)
    assert str(error.value) == "currencies differ"


def test_money_less_than_returns_false():
    money = Money(-2)
    assert (money < Money(-2)) is False


def test_money_less_than_raises_value_error_currencies_differ():
    money = Money(1, "a")
    with pytest.raises(ValueError) as error:
        money < Money(-2)
    assert str(error.value) == "currencies differ"
