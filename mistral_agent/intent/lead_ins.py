"""What leads into a request and says nothing of it: "hi, could you please", "I'd like"."""

import re

from mistral_agent.intent.words import words

_WOULD = r"(?:i(?: would| will|'d)|would)"
_YOU_COULD = r"(?:if )?you (?:could|can|would)"
_POLITE = "|".join(
    (
        r"(?:would|do) you mind",
        r"(?:can|could|would|will) you(?: be able to)?",
        r"are you able to",
        r"would it be (?:possible|ok|okay)(?: (?:for you )?to)?",
        r"do you think you (?:could|can)",
        rf"{_WOULD} be (?:very |so |really )?(?:grateful|happy|glad|thankful)"
        rf" (?:{_YOU_COULD}|for|about|of|to (?:have|get|see))",
        rf"{_WOULD} (?:really )?(?:appreciate|love) it {_YOU_COULD}",
        rf"{_WOULD} (?:really )?appreciate(?= (?:an?|some|your|the)\b)",
        rf"i(?: was| am|'m) wondering (?:whether )?{_YOU_COULD}",
        rf"i(?: was| am|'m)? hop(?:e|ing) (?:that )?{_YOU_COULD}",
        r"it(?: would|'d) (?:really |also |be )?(?:great|nice|good|cool|lovely|awesome|perfect"
        r"|helpful|help(?: me| us)?(?: a lot)?|a (?:great|big)? ?help)"
        rf" {_YOU_COULD}",
        r"why (?:don't|do not|not|won't) (?:you|we)",
        rf"(?:is there )?any chance (?:that )?{_YOU_COULD}",
    )
)
_POLITELY = re.compile(rf"\b(?:{_POLITE})\b", re.IGNORECASE)
_LEAD_INS = "|".join(
    (
        _POLITE,
        r"(?:please|kindly)(?: to)?",
        # words of order and small talk
        r"now|first(?:ly)?|then|next|finally|lastly|also|just|and|but|only|so|ok|okay|hey|hi|hello",
        r"yo|afterwards?|second(?:ly)?|third(?:ly)?|again|go ahead|at last|instead",
        r"in the (?:very )?end",
        r"last(?=,)|last of all|to (?:finish|conclude|wrap up|round it off|top it off)",
        r"(?:as|in|for) (?:an?|the) (?:first|next|second|third|last|final) step",
        r"at the (?:very )?end|after (?:that|this)|with (?:that|this)(?=,)",
        r"based on (?:that|this|it)|me|us",
        r"(?:just |only )?out of (?:pure |sheer )?(?:curiosity|interest)",
        r"quick(?: one| question)?(?=[:,])|by the way|btw|one more thing|for (?:starters|now)(?=,)",
        r"if (?:possible|you can|needed|necessary)",
        # wishes
        r"i(?:'d| would) (?:like|prefer) (?:you )?to|i(?:'d| would) (?:like|prefer|rather)",
        r"i(?:'d| would) love(?: (?:you )?to)?",
        r"(?:what|all|(?:the|one) (?:only |one )?thing)(?: that)?"
        r" (?:i|we)(?:'m|'d|'re| am| are| would)? (?:now |really |actually )?"
        r"(?:need|want|like|ask for|after|looking for)(?: now| today)? (?:is|are|would be)",
        r"(?:i|we) (?:want|need|would like|'d like) (?:that you|you to)",
        r"(?:i|we) like to(?: have)?",
        r"(?:i|we) (?:(?:only|just|simply) )?(?:want|need|have|ought|am supposed|'m supposed) to",
        r"(?:i|we) must",
        r"(?:want|need|like|love) to",
        r"(?:i|we)(?: (?:only|just|really|also|still|now))?(?= (?:want|need)\b)",
        r"(?:can|could|may) (?:i|we) (?:please )?(?:get|have)(?= (?:an?|some|your)\b)",
        r"do you have(?= (?:an?|some)\b)",
        r"(?:i(?:'m| am)|we(?:'re| are)) (?:looking for|after)",
        r"(?:i|we) could use|(?:how|what) about(?= (?:an?|some)\b)",
        r"i(?:'m| am) trying to|we(?:'re| are) trying to|i need your help to|your task is to",
        # encouragement
        r"let'?s|let us|help (?:me|us)(?: out)?(?: to| with)?|try to|you (?:should|must|can)",
        r"to (?:begin|start) with",
        r"(?:start|begin|finish|end|conclude|close|wrap up|go on|continue|proceed)(?: off| up)?"
        r" (?:by|with)"
        r"(?= (?:an?|the|some|its|\w+ing|(?:unit )?tests|formatting)\b)",
        r"come up with|feel free to|be so kind (?:and|as to|to)",
    )
)
LEADING = re.compile(rf"^(?:\W|\b(?:{_LEAD_INS})\b)+", re.IGNORECASE)
"""All of it, at the start of a clause."""

IS_WANTED = re.compile(
    r"^(?P<thing>(?:an?|the|some|just|only)\s[\w\s-]{2,60}?)\s(?:is|are)\s"
    r"(?:what|all|everything|the (?:only|one) thing)(?: that)? (?:i|we)(?:'d| would)?"
    r"(?: (?:now|really|currently|just))? (?:need|want|like|ask for)\b"
    r"(?: (?:today|now|for now|right now|at the moment|here)\b)?",
    re.IGNORECASE,
)
"""A wish with its thing in front: "a review is all I need"."""

_MIND = re.compile(r"\bmind\W*$", re.IGNORECASE)
_WISHES = re.compile(
    r"\W*(?:(?:and|but|so|then|also|now|please)\W+)*(?:i|we)(?:'d|\s+would)?\s+"
    r"(?:(?:also|really|still|just|then)\s+)*"
    r"(?:want|need|like|love|could\s+use|require|be\s+(?:happy|glad|grateful|thankful))\b",
    re.IGNORECASE,
)


def first_word(clause: str) -> str:
    """The first word of a clause after what leads into it; "" where nothing follows."""
    return next(iter(words(LEADING.sub("", clause))), "")


def is_polite(clause: str) -> bool:
    """Whether what leads into a clause asks to have something done: "hi, could you please …"."""
    lead = LEADING.match(clause)
    return bool(lead and _POLITELY.search(lead[0]))


def is_minded(clause: str) -> bool:
    """Whether a clause asks with a gerund: "would you mind testing it"."""
    lead = LEADING.match(clause)
    return bool(lead and _MIND.search(lead[0]))


def is_wish(clause: str) -> bool:
    """Whether a clause says what somebody would like to have: "I'd love some tests"."""
    return bool(_WISHES.match(clause))
