import pytest

from mcp_server.analysis.derived.naming import (
    LONGEST,
    after_words,
    arguments_words,
    distinct,
    kind_word,
    slug,
    snake,
    title,
    value_word,
    whose,
)
from mcp_server.analysis.searching import Case


def case(call="f()", **more):
    """A case of a function, with what a test of names needs."""
    given = {
        "subject": "f",
        "target": "f",
        "owner": None,
        "setup": (),
        "call": call,
        "is_statement": False,
        "is_composed": False,
        "values": (),
        "facts": (),
        "raised": "",
        "message": "",
        "printed": "",
        "documented": False,
        "receiver": "",
        "steps": (),
        **more,
    }
    return Case(**given)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("HTTPServer", "http_server"),
        ("BankAccount", "bank_account"),
        ("_Node2", "node2"),
        ("plain_name", "plain_name"),
        ("getURL", "get_url"),
    ],
)
def test_a_name_is_written_in_small_words(name, words):
    assert snake(name) == words


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("0", "zero"),
        ("1", "one"),
        ("3", "three"),
        ("4", "4"),
        ("-1", "minus_1"),
        ("2.5", "2_point_5"),
        ("0.0", "zero"),
        ("True", "true"),
        ("None", "none"),
        ("''", "empty_text"),
        ("[]", "empty_list"),
        ("{}", "empty_dict"),
        ("()", "empty_tuple"),
        ("set()", "empty_set"),
        ("frozenset()", "empty_set"),
        ('float("inf")', "infinity"),
        ("'abc'", "abc"),
        ("'Two words'", "two_words"),
        ("'a, b!'", ""),
        ("'x' * 30", ""),
        ("[1, 2]", ""),
        ("f(1)", ""),
        ("1e300", ""),
        ("b''", "empty_bytes"),
        ("'1'", ""),
        ("Color.RED", ""),
    ],
)
def test_a_value_is_said_in_a_word_where_there_is_one(source, word):
    assert value_word(source) == word


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("1", "number"),
        ("1.5", "number"),
        ("'a'", "text"),
        ("[1]", "list"),
        ("(1,)", "tuple"),
        ("{1: 2}", "dict"),
        ("{1}", "set"),
        ("True", "answer"),
        ("None", "value"),
        ("Point(x=1)", "point"),
        ("datetime.date(1, 1, 1)", "datetime"),
    ],
)
def test_the_kind_of_a_value_is_a_word(source, word):
    assert kind_word(source) == word


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("amount is negative", "amount_is_negative"),
        ("unknown key 'a b' in 3.5 rows", "unknown_key_in_rows"),
        ('no "such" thing', "no_thing"),
        ("a b c d e f g h", "a_b_c_d_e_f"),
        ("größer als 5", "gr_er_als"),
        ("12", ""),
    ],
)
def test_a_message_is_shortened_to_its_first_words(message, words):
    assert slug(message) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([("items", "[]")], "_for_empty_list"),
        ([("a", "1"), ("b", "0")], "_for_one_and_zero"),
        ([("text", "'abc'"), ("strict", "True")], "_for_abc_and_strict_true"),
        ([("strict", "True")], "_for_true"),
        ([("a", "1")] * 4, ""),
        ([("a", "[1, 2]")], ""),
        ([], ""),
    ],
)
def test_what_is_given_is_said_where_that_takes_few_words(values, words):
    assert arguments_words(case(values=tuple(values))) == words


@pytest.mark.parametrize(
    ("target", "owner", "words"),
    [
        ("parse", None, "parse"),
        ("deposit", "BankAccount", "bank_account_deposit"),
        ("__init__", "BankAccount", "new_bank_account"),
        ("__len__", "Stack", "stack_length"),
        ("_hidden", None, "hidden"),
        ("__matmul__", "M", "m_matmul"),
    ],
)
def test_what_is_called_is_named_first(target, owner, words):
    assert whose(case(target=target, owner=owner)) == words


def test_what_was_done_before_is_named_once():
    assert after_words(case(steps=("push", "push", "__len__"))) == "_after_push_and_length"
    assert after_words(case()) == ""


def test_a_name_gets_no_longer_than_a_line_holds():
    found = title(["whose", "x" * 40, "y" * 40, "short"])
    assert found == f"test_whose_{'x' * 40}_short"
    assert len(found) <= LONGEST
    assert title(["a-b", "", "__c d__"]) == "test_a_b_c_d"


def test_a_name_that_is_taken_gets_a_number():
    taken = set()
    assert [distinct("test_f", taken) for _ in range(3)] == ["test_f", "test_f_2", "test_f_3"]
