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


def test_matrix_transpose_returns_list():
    matrix = Matrix([[1]])
    result = matrix.transpose()
    assert result.rows == [[1]]
    assert result.shape == (1, 1)


def test_matrix_multiplication_returns_list_for_one():
    matrix = Matrix([[1]])
    result = matrix * 1
    assert result.rows == [[1]]
    assert result.shape == (1, 1)


def test_matrix_multiplication_returns_list():
    matrix = Matrix([[3, 1, 1]])
    result = matrix * Matrix([[0], [3], [1]])
    assert result.rows == [[4]]
    assert result.shape == (1, 1)


def test_matrix_multiplication_raises_value_error_inner_sizes_differ():
    matrix = Matrix([[1]])
    with pytest.raises(ValueError) as error:
        matrix * Matrix([[1, 1, 1], [0, 0, 0], [0, 2, 0]])
    assert str(error.value) == "inner sizes differ"


def test_matrix_pow_raises_value_error_matrix_must_be_square():
    matrix = Matrix([[1, 1]])
    with pytest.raises(ValueError) as error:
        matrix**1
    assert str(error.value) == "matrix must be square"


def test_matrix_pow_returns_list_for_two():
    matrix = Matrix([[2, 2], [1, 1]])
    result = matrix**2
    assert result.rows == [[6, 6], [3, 3]]
    assert result.shape == (2, 2)


def test_matrix_pow_raises_value_error_negative_exponent():
    matrix = Matrix([[2, 2], [1, 1]])
    with pytest.raises(ValueError) as error:
        matrix**-1
    assert str(error.value) == "negative exponent"


def test_matrix_pow_returns_list_for_zero():
    matrix = Matrix([[2, 2], [1, 0]])
    result = matrix**0
    assert result.rows == [[1, 0], [0, 1]]
    assert result.shape == (2, 2)


def test_matrix_shape_returns_tuple_after_pow():
    matrix = Matrix(["aa", "12"])
    with contextlib.suppress(TypeError):
        matrix**5
    assert matrix.shape == (2, 2)


def test_matrix_shape_returns_tuple_after_pow_2():
    matrix = Matrix(["aa", "12"])
    with contextlib.suppress(TypeError):
        matrix**2
    assert matrix.shape == (2, 2)


def test_matrix_addition_raises_value_error_shapes_differ():
    matrix = Matrix([[1]])
    with pytest.raises(ValueError) as error:
        matrix + Matrix([[0], [3], [1]])
    assert str(error.value) == "shapes differ"


def test_matrix_addition_returns_list():
    matrix = Matrix([[2, 2], [1, 1]])
    result = matrix + Matrix([[3, 0], [1, 0]])
    assert result.rows == [[5, 2], [2, 1]]
    assert result.shape == (2, 2)


def test_matrix_equality_returns_false():
    matrix = Matrix([[1]])
    assert (matrix == Matrix([[1, 0, 2], [3, 0, -1], [1, 0, 2]])) is False
