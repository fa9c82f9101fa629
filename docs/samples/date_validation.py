import re

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def normalize_date(text, dayfirst=False):
    text = text.strip()
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    if match:
        year, month, day = (int(g) for g in match.groups())
    else:
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
        if match:
            first, second, year = (int(g) for g in match.groups())
            if dayfirst:
                day, month = first, second
            else:
                month, day = first, second
        else:
            match = re.fullmatch(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})", text)
            if not match:
                raise ValueError("unknown date format: " + text)
            name = match.group(2)[:3].lower()
            if name not in MONTHS:
                raise ValueError("unknown month: " + match.group(2))
            day, month, year = int(match.group(1)), MONTHS.index(name) + 1, int(match.group(3))
    if year < 1:
        raise ValueError("year out of range")
    if not 1 <= month <= 12:
        raise ValueError("month out of range")
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        last = 29 if leap else 28
    elif month in (4, 6, 9, 11):
        last = 30
    else:
        last = 31
    if day < 1 or day > last:
        raise ValueError("day out of range")
    return "%04d-%02d-%02d" % (year, month, day)