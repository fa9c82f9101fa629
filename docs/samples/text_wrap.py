def wrap_text(text, width=20, *, indent="", break_long=True):
    if width <= len(indent):
        raise ValueError("width too small")
    room = width - len(indent)
    lines = []
    for paragraph in text.split("\n"):
        words = paragraph.split()
        if not words:
            lines.append("")
            continue
        current = ""
        for word in words:
            while break_long and len(word) > room:
                if current:
                    lines.append(indent + current)
                    current = ""
                lines.append(indent + word[:room])
                word = word[room:]
            if not word:
                continue
            if not current:
                current = word
            elif len(current) + 1 + len(word) <= room:
                current += " " + word
            else:
                lines.append(indent + current)
                current = word
        if current:
            lines.append(indent + current)
    return lines