import pytest
from shopping_cart import Cart


def test_cart_text_returns_empty_cart():
    cart = Cart()
    assert str(cart) == "empty cart"


def test_cart_text_returns_text_after_add():
    cart = Cart()
    cart.add("", 100)
    assert str(cart) == "1 items, 1.00 EUR"


def test_cart_iteration_returns_empty_list():
    cart = Cart()
    assert list(cart) == []


def test_new_cart_raises_value_error_currency_must_be_three_capital_letters():
    with pytest.raises(ValueError) as error:
        Cart("abc")
    assert str(error.value) == "currency must be three capital letters"


def test_cart_remove_raises_key_error_for_a():
    cart = Cart()
    with pytest.raises(KeyError):
        cart.remove("a")


def test_cart_remove_returns_true_for_eur_after_add():
    cart = Cart()
    cart.add("EUR", 1, 3)
    assert cart.remove("EUR") is True
    assert len(cart) == 0


def test_cart_remove_returns_true_for_eur_and_three_after_add():
    cart = Cart()
    cart.add("EUR", 1, 3)
    assert cart.remove("EUR", 3) is True
    assert len(cart) == 0


def test_cart_remove_returns_false_for_eur_and_one_after_add():
    cart = Cart()
    cart.add("EUR", 1)
    cart.add("EUR", 1)
    assert cart.remove("EUR", 1) is False
    assert len(cart) == 1


def test_cart_total_raises_value_error_discount_out_of_range():
    cart = Cart()
    with pytest.raises(ValueError) as error:
        cart.total(101)
    assert str(error.value) == "discount out of range"


def test_cart_total_returns_zero_for_100():
    cart = Cart()
    assert cart.total(100) == 0


def test_cart_total_returns_zero_for_three_after_add():
    cart = Cart()
    cart.add("", 1)
    assert cart.total(3) == 0


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


def test_cart_add_raises_value_error_price_of_eurpricea_changed_after_add():
    cart = Cart()
    cart.add("EURpriceA", 2)
    with pytest.raises(ValueError) as error:
        cart.add("EURpriceA", 0)
    assert str(error.value) == "price of EURpriceA changed"
