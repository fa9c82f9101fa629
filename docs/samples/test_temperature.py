import pytest
from temperature import Temperature


def test_temperature_feels_returns_mild():
    temperature = Temperature()
    assert temperature.feels() == "mild"


def test_temperature_feels_returns_freezing_after_fahrenheit():
    temperature = Temperature()
    temperature.fahrenheit = 1
    assert temperature.feels() == "freezing"


def test_temperature_feels_returns_hot_after_celsius():
    temperature = Temperature()
    temperature.celsius = 25
    assert temperature.feels() == "hot"


def test_temperature_parse_returns_minus_17_point_2222():
    result = Temperature.parse("1F")
    assert result.celsius == pytest.approx(-17.22222222222222)
    assert result.fahrenheit == 1.0


def test_temperature_parse_returns_minus_272_point_15():
    result = Temperature.parse("1K")
    assert result.celsius == -272.15
    assert result.fahrenheit == -457.87


def test_temperature_parse_raises_value_error_unknown_unit():
    with pytest.raises(ValueError) as error:
        Temperature.parse("1.")
    assert str(error.value) == "unknown unit ."


def test_temperature_parse_returns_one():
    result = Temperature.parse("1.C")
    assert result.celsius == 1.0
    assert result.fahrenheit == 33.8


def test_temperature_parse_raises_value_error():
    with pytest.raises(ValueError):
        Temperature.parse("1e5")


def test_temperature_parse_raises_value_error_need_a_number_and_a_unit():
    with pytest.raises(ValueError) as error:
        Temperature.parse("")
    assert str(error.value) == "need a number and a unit"


def test_temperature_equality_returns_false_for_one():
    temperature = Temperature()
    assert (temperature == 1) is False


def test_temperature_equality_returns_false():
    temperature = Temperature()
    assert (temperature == Temperature(1.0)) is False


def test_temperature_equality_returns_false_2():
    temperature = Temperature(-0.01)
    assert (temperature == Temperature()) is False


def test_temperature_mean_returns_none_for_empty_list():
    assert Temperature.mean([]) is None


def test_temperature_less_than_returns_false():
    temperature = Temperature()
    assert (temperature < Temperature()) is False


def test_temperature_less_than_raises_value_error_below_absolute_zero():
    temperature = Temperature()
    with pytest.raises(ValueError) as error:
        temperature < Temperature(-274.15)
    assert str(error.value) == "below absolute zero"


def test_temperature_less_than_returns_false_2():
    temperature = Temperature()
    assert (temperature < Temperature(-273.15)) is False
