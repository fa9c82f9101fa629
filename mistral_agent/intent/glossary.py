"""Requests in French, German and Spanish, word by word in the English that tools are named in.

Only what asks, negates, orders and points is known, and the things that code tools work on: enough
to find the tool. It is no translation: what is described keeps its own words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mistral_agent.intent.vocabulary import STOP_WORDS
from mistral_agent.intent.words import known_words

_GLOSSES: Mapping[str, Mapping[str, str]] = {
    "French": {
        "write": "écris écrire écrivez rédige rédiger",
        "create": "crée créer créez génère générer générez fabrique",
        "implement": "implémente implémenter programme développe développer code",
        "review": "relis relire révise réviser vérifie vérifier examine examiner contrôle relisez",
        "format": "formate formater formatez forme mise",
        "test": "teste tester testez",
        "tests": "tests essais",
        "analyze": "analyse analyser analysez évalue",
        "measure": "mesure mesurer calcule calculer",
        "complexity": "complexité", "complex": "complexe compliqué",
        "formalize": "formalise formaliser spécifie spécifier précise",
        "requirements": "exigences spécification spécifications cahier",
        "improve": "améliore améliorer corrige corriger répare optimise",
        "read": "lis lire ouvre ouvrir", "show": "montre montrer affiche afficher",
        "save": "enregistre enregistrer sauvegarde", "list": "liste lister",
        "function": "fonction", "class": "classe", "code": "code",
        "file": "fichier", "folder": "dossier répertoire", "error": "erreur erreurs bogue bogues",
        "this": "ce cet cette ces ceci", "it": "la lui", "for": "pour", "then": "puis ensuite",
        "and": "et", "without": "sans", "not": "pas", "a": "un une des", "the": "le les",
        "of": "de du d", "first": "abord", "before": "avant", "after": "après", "with": "avec",
        "please": "plaît", "you": "tu vous toi", "me": "moi", "that": "qui que", "in": "en dans",
        "can": "peux pouvez", "what": "quoi quel quelle qu", "how": "comment",
        "why": "pourquoi", "is": "est c", "hello": "bonjour salut", "thanks": "merci",
        "wrong": "va",
        "unit": "unitaires unitaire", "to": "à au",
    },
    "German": {
        "write": "schreibe schreib schreiben verfasse",
        "create": "erstelle erstellen erzeuge generiere generieren baue bau",
        "implement": "implementiere implementieren programmiere entwickle",
        "review": "prüfe prüfen überprüfe überprüfen begutachte kontrolliere",
        "format": "formatiere formatieren formatier",
        "test": "teste testen", "tests": "tests testfälle",
        "analyze": "analysiere analysieren", "measure": "miss messe messen berechne",
        "complexity": "komplexität", "complex": "komplex kompliziert",
        "formalize": "formalisiere spezifiziere", "requirements": "anforderungen spezifikation",
        "improve": "verbessere verbessern korrigiere repariere optimiere",
        "read": "lies lesen öffne", "show": "zeige zeig zeigen", "save": "speichere speichern",
        "list": "liste", "function": "funktion", "class": "klasse", "code": "quelltext code",
        "file": "datei", "folder": "ordner verzeichnis", "error": "fehler",
        "this": "diesen diese dieser dieses dies", "it": "es sie ihn", "for": "für",
        "then": "dann danach anschließend", "and": "und", "without": "ohne",
        "not": "nicht kein keine",
        "a": "ein eine einen", "the": "der die das den dem", "of": "von", "first": "erst zuerst",
        "before": "bevor", "after": "nach nachdem", "with": "mit", "please": "bitte",
        "you": "du", "me": "mir", "that": "dass", "in": "im in", "can": "kannst", "what": "was",
        "how": "wie", "why": "warum", "is": "ist sind", "hello": "hallo", "thanks": "danke",
        "to": "auf zu", "unit": "unit",
    },
    "Spanish": {
        "write": "escribe escribir escriba redacta",
        "create": "crea crear cree genera generar genere construye",
        "implement": "implementa implementar programa desarrolla",
        "review": "revisa revisar revise comprueba verifica examina",
        "format": "formatea formatear formatee formato", "test": "prueba probar testea",
        "tests": "pruebas tests", "analyze": "analiza analizar analice", "measure": "mide calcula",
        "complexity": "complejidad", "complex": "complejo compleja complicado",
        "formalize": "formaliza especifica", "requirements": "requisitos especificación",
        "improve": "mejora mejorar corrige arregla optimiza", "read": "lee leer abre",
        "show": "muestra mostrar", "save": "guarda guardar", "list": "lista",
        "function": "función", "class": "clase", "code": "código", "file": "archivo fichero",
        "folder": "carpeta directorio", "error": "error errores fallos",
        "this": "este esta esto estos estas", "it": "lo", "for": "para", "then": "luego después",
        "and": "y", "without": "sin", "not": "no", "a": "un una", "the": "el la los las",
        "of": "de del", "first": "primero", "before": "antes", "with": "con", "please": "favor",
        "by": "por", "you": "tú usted", "me": "me", "that": "que", "in": "en", "can": "puedes",
        "what": "qué cuál", "how": "cómo", "why": "porqué", "is": "es", "hello": "hola",
        "thanks": "gracias", "to": "al", "unit": "unitarias unitaria",
    },
}  # fmt: skip
_PHRASES = (
    (re.compile(r"\b(?:mets|mettre|mettez)\s+en\s+forme\b", re.IGNORECASE), "formate"),
    (re.compile(r"\ben\s+forme\b", re.IGNORECASE), "formate"),
    (re.compile(r"\bs'il\s+(?:te|vous)\s+plaît\b", re.IGNORECASE), "plaît"),
    (re.compile(r"\bqu'est-ce\s+qu[e']?", re.IGNORECASE), "quoi est "),
    (re.compile(r"\bpor\s+qué\b", re.IGNORECASE), "porqué"),
    (re.compile(r"\bpor\s+favor\b", re.IGNORECASE), "favor"),
    (re.compile(r"\bd'abord\b", re.IGNORECASE), "abord"),
    (re.compile(r"(?<=\w)-(?=(?:tu|vous|la|le|les|moi)\b)", re.IGNORECASE), " "),
)
_FILE = re.compile(r"@\S+|\S*[/.]\w+")
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_HITS = 2
_SEARCHED = 2_000


@dataclass(frozen=True, slots=True)
class Glossed:
    """A text in another language, and what is known of it in English."""

    language: str
    english: str


def glossed(prose: str) -> Glossed | None:
    """What is known of a text in another language; None of an English one."""
    start = prose[:_SEARCHED]
    said = [word.lower() for word in _WORD.findall(_FILE.sub(" ", start))]
    hits = {name: sum(word in known for word in said) for name, known in _known().items()}
    language = max(hits, key=lambda name: hits[name])
    known = _known()[language]
    # Words of both languages, such as "code" and "tests", tell nothing.
    english = [
        word in STOP_WORDS
        or known.get(word) == word
        or bool({word, word.rstrip("s")} & known_words())
        for word in said
    ]
    own = sum(word in known and not both for word, both in zip(said, english, strict=True))
    only_english = sum(both and word not in known for word, both in zip(said, english, strict=True))
    if hits[language] < _LEAST_HITS or own <= only_english:
        return None
    for pattern, plain in _PHRASES:
        start = pattern.sub(plain, start)
    return Glossed(language, _WORD.sub(lambda m: known.get(m[0].lower(), m[0]), start))


def is_latin(prose: str) -> bool:
    """Whether most of the letters are of the script that English is written in."""
    letters = [each for each in prose[:_SEARCHED] if each.isalpha()]
    return sum(each.isascii() for each in letters) * 2 >= len(letters)


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Mapping[str, str]]:
    return {
        language: {word: english for english, all_ in glosses.items() for word in all_.split()}
        for language, glosses in _GLOSSES.items()
    }
