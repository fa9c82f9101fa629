class Matrix:
    def __init__(self, rows):
        rows = [list(row) for row in rows]
        if not rows or not rows[0]:
            raise ValueError("matrix cannot be empty")
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError("ragged rows")
        self.rows = rows

    @classmethod
    def identity(cls, size):
        return cls([[1 if i == j else 0 for j in range(size)] for i in range(size)])

    @classmethod
    def parse(cls, text):
        return cls([[int(x) for x in line.split()] for line in text.split(";")])

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])

    def transpose(self):
        return Matrix(zip(*self.rows))

    def __add__(self, other):
        if not isinstance(other, Matrix):
            return NotImplemented
        if self.shape != other.shape:
            raise ValueError("shapes differ")
        return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.rows, other.rows)])

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            return Matrix([[a * other for a in row] for row in self.rows])
        if not isinstance(other, Matrix):
            return NotImplemented
        if self.shape[1] != other.shape[0]:
            raise ValueError("inner sizes differ")
        columns = list(zip(*other.rows))
        return Matrix([[sum(a * b for a, b in zip(row, col)) for col in columns] for row in self.rows])

    def __pow__(self, exponent):
        if self.shape[0] != self.shape[1]:
            raise ValueError("matrix must be square")
        if exponent < 0:
            raise ValueError("negative exponent")
        result = Matrix.identity(self.shape[0])
        base = self
        while exponent:
            if exponent & 1:
                result = result * base
            base = base * base
            exponent >>= 1
        return result

    def __eq__(self, other):
        return isinstance(other, Matrix) and self.rows == other.rows