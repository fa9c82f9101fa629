import contextlib
import pytest
from shopping_cart import Cart


def test_new_cart_raises_value_error_currency_must_be_three_capital_letters():
    with pytest.raises(ValueError) as error:
        Cart("abc")
    assert str(error.value) == "currency must be three capital letters"


def test_cart_total_raises_value_error_discount_out_of_range():
    cart = Cart()
    with pytest.raises(ValueError) as error:
        cart.total(101)
    assert str(error.value) == "discount out of range"


def test_cart_total_returns_zero_for_100():
    cart = Cart()
    assert cart.total(100) == 0


def test_cart_total_returns_zero_for_4_after_add():
    cart = Cart()
    with contextlib.suppress(ValueError):
        cart.add("", 1)
    assert cart.total(4) == 0


def test_cart_add_raises_value_error_bad_price_or_quantity():
    cart = Cart()
    with pytest.raises(ValueError) as error:
        cart.add("a", 1, 0)
    assert str(error.value) == "bad price or quantity"


def test_cart_add_raises_value_error_at_most_of_a():
    cart = Cart()
    with pytest.raises(ValueError) as error:
        cart.add("a", 1, 50)
    assert str(error.value) == "at most 20 of a"


def test_cart_add_changes_len_cart():
    cart = Cart()
    cart.add("a", 1, 20)
    assert len(cart) == 20


def test_cart_add_raises_value_error_price_of_bad_price_or_quantity():
    cart = Cart()
    cart.add("bad price or quantity", 0)
    with pytest.raises(ValueError) as error:
        cart.add("bad price or quantity", 100)
    assert str(error.value) == "price of bad price or quantity changed"


def test_cart_text_returns_empty_cart_after_remove():
    cart = Cart()
    with contextlib.suppress(KeyError):
        cart.remove("a")
    assert str(cart) == "empty cart"


def test_cart_text_returns_text_after_add():
    cart = Cart()
    cart.add("", 100)
    assert str(cart) == "1 items, 1.00 EUR"


def test_cart_remove_returns_true_for_bad_price_or_quantity_after_add():
    cart = Cart()
    cart.add("bad price or quantity", 1, 4)
    assert cart.remove("bad price or quantity") is True
    assert len(cart) == 0


def test_cart_remove_returns_false_for_bad_price_or_quantity_and_minus_1():
    cart = Cart()
    cart.add("bad price or quantity", 1)
    assert cart.remove("bad price or quantity", -1) is False
    assert len(cart) == 2


def test_cart_remove_returns_true_for_bad_price_or_quantity_and_4_after_add():
    cart = Cart()
    cart.add("bad price or quantity", 0, 4)
    assert cart.remove("bad price or quantity", 4) is True
    assert len(cart) == 0
