import contextlib
import pytest
from small_matrix import Matrix


def test_matrix_parse_raises_value_error_matrix_cannot_be_empty():
    with pytest.raises(ValueError) as error:
        Matrix.parse(";")
    assert str(error.value) == "matrix cannot be empty"


def test_new_matrix_raises_value_error_ragged_rows():
    with pytest.raises(ValueError) as error:
        Matrix(["bc", "a"])
    assert str(error.value) == "ragged rows"


def test_matrix_multiplication_returns_list_for_one():
    matrix = Matrix(["a"])
    result = matrix * 1
    assert result.rows == [["a"]]
    assert result.shape == (1, 1)


def test_matrix_multiplication_raises_value_error_inner_sizes_differ():
    matrix = Matrix(["abc"])
    with pytest.raises(ValueError) as error:
        matrix * Matrix(["abc"])
    assert str(error.value) == "inner sizes differ"


def test_matrix_pow_raises_value_error_matrix_must_be_square():
    matrix = Matrix(["bc"])
    with pytest.raises(ValueError) as error:
        matrix**1
    assert str(error.value) == "matrix must be square"


def test_matrix_pow_raises_value_error_negative_exponent():
    matrix = Matrix(["abc", "abc", "abc"])
    with pytest.raises(ValueError) as error:
        matrix**-1
    assert str(error.value) == "negative exponent"


def test_matrix_pow_returns_list_for_two_after_pow():
    matrix = Matrix([[1, 1, 2], [1, 0, 1], [1, 0, 2]])
    with contextlib.suppress(TypeError):
        matrix**0
    result = matrix**2
    assert result.rows == [[4, 1, 7], [2, 1, 4], [3, 1, 6]]
    assert result.shape == (3, 3)


def test_matrix_equality_returns_false():
    matrix = Matrix(["a"])
    assert (matrix == Matrix(["abc"])) is False


def test_matrix_addition_returns_list():
    matrix = Matrix(["abc"])
    result = matrix + Matrix(["abc"])
    assert result.rows == [["aa", "bb", "cc"]]
    assert result.shape == (1, 3)


def test_matrix_addition_raises_value_error_shapes_differ():
    matrix = Matrix(["ABC", "ABC"])
    with pytest.raises(ValueError) as error:
        matrix + Matrix(["abc"])
    assert str(error.value) == "shapes differ"


def test_matrix_transpose_returns_list_after_pow():
    matrix = Matrix(["abc", "abc", "abc"])
    with contextlib.suppress(TypeError):
        matrix**2
    with contextlib.suppress(TypeError):
        matrix**5
    result = matrix.transpose()
    assert result.rows == [["a", "a", "a"], ["b", "b", "b"], ["c", "c", "c"]]
    assert result.shape == (3, 3)
