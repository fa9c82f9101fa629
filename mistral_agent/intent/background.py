"""What a message says besides what is wanted: thanks, circumstances and reasons.

"Thanks for the tests! I wrote this for my statistics class, so please review it" asks for a review.
"""

import re

_OPENERS = (
    r"(?:(?:hi|hello|hey|ok|okay|well|so|and|but|also|actually|basically|honestly|unfortunately"
    r"|sadly|luckily|currently|today|yesterday|recently|right now|by the way|btw|anyway|oh|because"
    r"|since|as|although|though|while|until|before(?=\s+(?:i|we)\b)|when(?=\s+(?:i|we)\b))\b\W*)*"
)
_ADVERBS = (
    r"(?:(?:also|just|really|still|always|never|only|already|often|now|usually|finally|probably"
    r"|recently|currently|actually|simply|mostly|sometimes|desperately|urgently|then)\s+)*"
)
_WISH = (
    r"(?:want|need|wish|require|(?:would|could|should|shall|can|may|might|will|must)(?!n?'t)|ought"
    r"|have to|(?:do not|don't|dont) (?:need|want|require|care)"
    r"|had better|am to|(?:am |was |have been |are |were )?(?:looking|trying|hoping|wondering|after"
    r"|supposed|going to|about to)|hope|wonder|ask|beg|request|expect|think you|think we|guess you"
    r"|like|love)\b"
)
_CONTRACTED_WISH = (
    r"'(?:d|ll)\b|'(?:m|re|ve been)\s+(?:really\s+)?(?:looking|trying|hoping|wondering|after"
    r"|supposed|going to|about to)\b"
)
_DOES = (
    r"(?:is|isn't|are|aren't|was|wasn't|were|weren't|has|hasn't|have|haven't|had|does|doesn't|do"
    r"|don't|did|didn't|cannot|can't|won't|looks?|seems?|feels?|works?|runs?|returns?|fails?"
    r"|crash(?:es)?|breaks?|takes?|comes?|goes|belongs?|gets?|got|came|went|took|keeps?|says?|said"
    r"|told|asked|wants?|insists?|thinks?|thought|complains?|wrote|made|uses?|used)\b"
)
_PERSON_TELLS = re.compile(
    rf"{_OPENERS}(?:i|we|he|she|they|people)(?!\s+{_ADVERBS}{_WISH})(?!{_CONTRACTED_WISH})"
    r"(?:'\w+)?\s+\w|you(?:'ve|\s+have)?\s+(?:wrote|written|made|gave|given|did|done|said|created"
    r"|built|generated|told)\b",
    re.IGNORECASE,
)
_THING_TELLS = re.compile(
    rf"{_OPENERS}(?:it|this|that|these|those|there|something|somebody|someone|nobody|everyone"
    r"|an?\s+(?:colleague|friend|customer|user|student|teammate|reviewer)\w*"
    r"|(?:the|this|that|these|those|some|most|my|our|his|her|their)"
    r"(?:\s+(?!(?:that|which|who|to|for)\b)[\w-]+){1,4}?)"
    rf"(?:'s|'re|\s+{_ADVERBS}{_DOES})(?!\s+to\s+be\b)",
    re.IGNORECASE,
)
_HERE_IS = re.compile(
    r"(?:here(?:'s|\s+is|\s+are)|below\s+is|i\s+have)\s+(?:an?|the|my|our|some)\s[^.?!]{1,60}:"
    r"\s+this code\W*$",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\W*(?:(?:good|great|nice|perfect|excellent|awesome|lovely|cool|wonderful|fantastic|super"
    r"|alright|fine|right)(?:\s+\w+)?(?=\s*[.!])|(?:good|great|nice|perfect|excellent|awesome|lovely|cool|super)(?=\s*[,;\u2013\u2014])|(?:many\s+)?thanks|thank\s+you|thx|cheers|(?:very\s+|really\s+)?(?:nice|great|good|well|excellent"
    r"|awesome|lovely|wonderful)(?:\s+(?:work|job|one|stuff|done|start))"
    r"|(?:looks?|seems?|is|are|all)\s+(?:(?:very|really|so|quite|pretty)\s+)*(?:nice|great|good|perfect"
    r"|excellent|fine|ok|okay)(?:\s+(?:to\s+me|so\s+far|now))?(?=\s*[.!,])"
    r"|(?:that|this|it|these|those)(?:'s|\s+(?:was|is|were|are|looks?|works?))\s+(?:a\s+|an\s+)?"
    r"(?:(?:very|really|so|quite|pretty|just|exactly)\s+)*(?:nice|great|good|helpful|useful|perfect"
    r"|excellent|awesome|lovely|wonderful|fine|fantastic|amazing))\b"
    r"(?!\s+in\s+advance\s+for)(?:(?!\b(?:but|now|so|please|can|could|would|then|next"
    r"|and(?!\s+(?:the|your|those|these|all)\b))\b)(?![.!?,;:\u2013\u2014]+(?:\s|$))[^\n]){0,80}"
    r"(?:[.!,;:\u2013\u2014]+(?:\s+|$)|$|(?=\b(?:but|now|so|please|can|could|would|then|next|and)\b))",
    re.IGNORECASE,
)


# "Now that you have reviewed it, test it": it has been done.
_IS_DONE = re.compile(
    r"\W*(?:(?:and|so|ok|okay|but)\W+)?(?:now\s+that|given\s+that|since|as)\s+"
    r"(?:(?:you|we)(?:'ve|\s+have)?\s+(?!can|could|should|will|would|want|need)\w+ed\b"
    r"|(?:it|this|that|the\s\w+)(?:'s|\s+(?:is|has|have|are)(?:\s+been)?)\s+\w+)"
    r"[^,.;:?!]{0,60},\s*",
    re.IGNORECASE,
)
_CIRCUMSTANCE = re.compile(
    r"(?!(?:for|at|in|on)\s+(?:starters|first|last|now|(?:the\s+)?(?:very\s+)?(?:end|beginning|start)"
    r"|second|that|this|reverse|the\s+(?:given|following)\s+order)\b)"
    r"(?P<what>(?:for|in|during|as|at|on|because|due\s+to|given|since|while|if|although|though"
    r"|(?:before|after|when|once|until)(?=\s+(?:i|we)\b))"
    r"\s[^.,;:?!]{2,80}?),?\s+"
    r"(?=(?:i|we)(?:'d|'ll|\s+(?:(?:now|also|still|urgently|really)\s+)?"
    r"(?:need|want|would\s+(?:like|love|be)|could\s+use|have\s+to|must|am\s+looking))\b"
    r"|(?:please|kindly|could\s+you|can\s+you|would\s+you|will\s+you)\b)",
    re.IGNORECASE,
)


def circumstance_of(text: str) -> tuple[str, str]:
    """A sentence without the circumstances in front of its wish, and those.

    "For my class I need tests" is "I need tests", "for my class".
    """
    found = _CIRCUMSTANCE.match(text)
    if found is None:
        return text, ""
    what = found["what"]
    return text[found.end() :], what[:1].lower() + what[1:]


def without_praise(text: str) -> str:
    """A text without what it starts with of thanks, praise and what is done already.

    "Nice work, now test it" and "now that it is reviewed, test it" are "test it".
    """
    found = _PRAISE.match(text) or _IS_DONE.match(text)
    while found and found.end():
        text = text[found.end() :]
        found = _PRAISE.match(text) or _IS_DONE.match(text)
    return text


def tells(text: str) -> bool:
    """Whether a sentence tells how things are, and asks for nothing: "I wrote it for a class"."""
    spoken = text.strip()
    if spoken.endswith("?"):
        return False
    return any(each.match(spoken) for each in (_PERSON_TELLS, _THING_TELLS, _HERE_IS))
