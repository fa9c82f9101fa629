class Temperature:
    def __init__(self, celsius=0.0):
        self._celsius = 0.0
        self.celsius = celsius

    @property
    def celsius(self):
        return self._celsius

    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError("below absolute zero")
        self._celsius = float(value)

    @property
    def fahrenheit(self):
        return self._celsius * 9 / 5 + 32

    @fahrenheit.setter
    def fahrenheit(self, value):
        self.celsius = (value - 32) * 5 / 9

    @classmethod
    def parse(cls, text):
        text = text.strip()
        if len(text) < 2:
            raise ValueError("need a number and a unit")
        number, unit = float(text[:-1]), text[-1].upper()
        if unit == "C":
            return cls(number)
        if unit == "K":
            return cls(number - 273.15)
        if unit == "F":
            result = cls()
            result.fahrenheit = number
            return result
        raise ValueError("unknown unit " + unit)

    @staticmethod
    def mean(temperatures):
        values = [t.celsius for t in temperatures]
        if not values:
            return None
        return Temperature(sum(values) / len(values))

    def feels(self):
        if self._celsius < 0:
            return "freezing"
        return "mild" if self._celsius < 25 else "hot"

    def __eq__(self, other):
        if not isinstance(other, Temperature):
            return NotImplemented
        return abs(self._celsius - other._celsius) < 0.01

    def __lt__(self, other):
        return self._celsius < other._celsius