import contextlib
import pytest
from temperature import Temperature


def test_new_temperature_has_celsius_and_fahrenheit():
    result = Temperature()
    assert result.celsius == 0.0
    assert result.fahrenheit == 32.0


def test_temperature_parse_returns_minus_17_point_2222():
    result = Temperature.parse("1F")
    assert result.celsius == pytest.approx(-17.22222222222222)
    assert result.fahrenheit == 1.0


def test_temperature_parse_returns_minus_273_point_15():
    result = Temperature.parse("0K")
    assert result.celsius == -273.15
    assert result.fahrenheit == pytest.approx(-459.66999999999996)


def test_temperature_parse_returns_one():
    result = Temperature.parse("1C")
    assert result.celsius == 1.0
    assert result.fahrenheit == 33.8


def test_temperature_parse_raises_value_error_unknown_unit():
    with pytest.raises(ValueError) as error:
        Temperature.parse("1.")
    assert str(error.value) == "unknown unit ."


def test_temperature_parse_raises_value_error():
    with pytest.raises(ValueError):
        Temperature.parse("1Fb")


def test_temperature_parse_raises_value_error_need_a_number_and_a_unit():
    with pytest.raises(ValueError) as error:
        Temperature.parse("")
    assert str(error.value) == "need a number and a unit"


def test_temperature_equality_returns_false_for_one():
    temperature = Temperature()
    assert (temperature == 1) is False


def test_temperature_equality_returns_false():
    temperature = Temperature(0.01)
    assert (temperature == Temperature()) is False


def test_temperature_mean_returns_none_for_empty_list():
    assert Temperature.mean([]) is None


def test_temperature_celsius_raises_value_error_below_absolute_zero():
    temperature = Temperature()
    with pytest.raises(ValueError) as error:
        temperature.celsius = -297
    assert str(error.value) == "below absolute zero"


def test_temperature_feels_returns_hot():
    temperature = Temperature(25.0)
    assert temperature.feels() == "hot"


def test_temperature_feels_returns_freezing_after_fahrenheit():
    temperature = Temperature()
    temperature.fahrenheit = 1
    assert temperature.feels() == "freezing"


def test_temperature_feels_returns_mild_after_celsius():
    temperature = Temperature()
    with contextlib.suppress(ValueError):
        temperature.celsius = -274
    assert temperature.feels() == "mild"


def test_temperature_less_than_returns_false():
    temperature = Temperature()
    assert (temperature < Temperature()) is False
