"""English: who plays which role to a word, read off spaCy's dependency parse.

Labels are those of ClearNLP as spaCy's English models give them (nsubj, dobj, pobj, agent, relcl, xcomp …). Names stand in
``doc.spans["names"]``. The parser of the small model errs often at coordination and appositions, so surface order helps out there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.extract.grammar import Argument, Trigger
from kg.extract.patterns import load_rules, slot_words, takes_phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span, Token

    from kg.extract.patterns import Pattern, Slot

PASSIVE = frozenset({"nsubjpass", "csubjpass"})
SUBJECT = frozenset({"nsubj", "csubj"})
LINKED = frozenset({"conj", "xcomp", "advcl", "pcomp", "ccomp"})
CLAUSE_STOP = frozenset({"relcl", "acl", "advcl", "appos", "parataxis"})
PRONOUNS = frozenset({"it", "they", "which", "that", "who", "he", "she", "its", "their", "them", "his", "her"})
MAX_PHRASE = 16  # tokens; longer ones are clauses, not phrases


def words(name: str) -> frozenset[str]:
    """A bundled English word list."""
    return load_rules().words(name, "en")


def lemma(token: Token) -> str:
    """Lower-case lemma; the tagger's slips on capitalised words are evened out."""
    return str(token.lemma_).lower()


# --- triggers ---------------------------------------------------------------------------------------------------------


def _rest_follows(token: Token, rest: list[str]) -> int | None:
    """End of a multi-word trigger that starts at token: its other words follow, or hang on it as particle ("take the firm over")."""
    doc, at = token.doc, token.i + 1
    for word in rest:
        if at < len(doc) and (lemma(doc[at]) == word or doc[at].lower_ == word):
            at += 1
        elif any(child.dep_ == "prt" and child.lower_ == word for child in token.children):
            continue
        else:
            return None
    return at


class English:
    """The grammar of English over a parsed ``Doc``."""

    def triggers(self, doc: Doc, pattern: Pattern) -> Iterator[Trigger]:
        """Where the pattern's trigger words stand, by lemma."""
        spelled = [trigger.split(" ") for trigger in pattern.trigger]
        for token in doc:
            if pattern.pos and token.pos_ not in pattern.pos:
                continue
            for first, *rest in spelled:
                if lemma(token) != first and token.lower_ != first:
                    continue
                end = _rest_follows(token, rest)
                if end is not None and self._conditions_hold(token, pattern):
                    yield Trigger(token.i, end, token.i)
                    break

    def _conditions_hold(self, token: Token, pattern: Pattern) -> bool:
        for role, heads in pattern.where.items():
            if not any(lemma(head) in heads or head.lower_ in heads for head in heads_in_role(token, role)):
                return False
        return not any(lemma(head) in heads for role, heads in pattern.unless.items() for head in heads_in_role(token, role))

    def arguments(self, doc: Doc, trigger: Trigger, slot: Slot, types: tuple[str, ...]) -> list[Argument]:
        """Who plays the slot's role: the first of its roles that somebody plays."""
        allowed = slot_words(slot, "en")
        for role in slot.role:
            if role == "implied":
                return [Argument("firm", trigger.start, trigger.end, trigger.head)]
            found: dict[tuple[int, int], Argument] = {}
            for head in heads_in_role(doc[trigger.head], role, trigger.end):
                for member in coordinated(head):
                    argument = as_argument(member, phrases=takes_phrase(types), wide="Strategy" in types)
                    if argument is not None and (argument.kind != "phrase" or not allowed or lemma(member) in allowed):
                        found.setdefault((argument.start, argument.end), argument)
            if found:
                return sorted(found.values(), key=lambda argument: argument.start)
        return []

    def sentence(self, doc: Doc, trigger: Trigger) -> Span:
        """The sentence around a trigger."""
        return doc[trigger.head].sent

    def means(self, doc: Doc, trigger: Trigger) -> Argument | None:
        """A gerund for a deal behind "by", "through" or "with", or an if-clause, that hangs on the trigger's verb or on what governs it."""
        deals = words("deal_verb")
        helped = doc[trigger.head].head
        if doc[trigger.head].dep_ in ("xcomp", "ccomp") and lemma(helped) in words("causative"):
            for subject in subjects(helped):
                if (argument := as_argument(subject, phrases=False)) is not None:
                    return argument
        for above in (doc[trigger.head], *doc[trigger.head].ancestors):
            for child in above.children:
                inner = [part for part in child.children if part.dep_ == "pcomp"] if child.lower_ in ("by", "through", "with") else []
                for verb in inner:
                    if lemma(verb) in deals and verb.i != trigger.head:
                        return Argument("deal", verb.i, verb.i + 1, verb.i)
        return None


# --- roles ------------------------------------------------------------------------------------------------------------


def heads_in_role(token: Token, role: str, end: int | None = None) -> list[Token]:
    """The tokens that play a role to a token; a dotted role is walked step by step."""
    heads = [token]
    for step in role.split("."):
        heads = [found for head in heads for found in _step(head, step, end if head is token else None)]
    return heads


def _step(token: Token, role: str, end: int | None) -> list[Token]:
    match role:
        case "self":
            return [token]
        case "subject":
            return subjects(token)
        case "object":
            return objects(token)
        case "possessor":
            return [child for child in token.children if child.dep_ == "poss"]
        case "head":
            return [token.head] if token.head is not token else []
        case "compound":
            return [child for child in token.children if child.dep_ in ("compound", "nmod") and child.i < token.i]
        case "appos":
            return [child for child in token.children if child.dep_ == "appos"]
        case "mark":
            return [child for child in token.children if child.dep_ == "mark"]
        case "clause":
            return [child for child in token.children if child.dep_ in ("xcomp", "ccomp", "acl")]
        case "before" | "after":
            return _touching(token, role, end)
        case preposition:
            return _prepositional(token, preposition)


def _touching(token: Token, role: str, end: int | None) -> list[Token]:
    at = token.i - 1 if role == "before" else (end or token.i + 1)
    doc = token.doc
    step = -1 if role == "before" else 1
    while 0 <= at < len(doc) and (doc[at].is_quote or doc[at].tag_ in ("POS", "DT")):
        at += step
    if not 0 <= at < len(doc) or doc[at].sent != token.sent or doc[at].is_punct:
        return []
    return [doc[at]]


def _prepositional(token: Token, preposition: str) -> list[Token]:
    """Objects of a preposition of the token, or of its object, where the small parser likes to hang it."""
    hosts = [token, *(child for child in token.children if child.dep_ in ("dobj", "attr", "acomp", "prt", "xcomp"))]
    hosts += [grand for host in hosts[1:] for grand in host.children if grand.dep_ == "acomp"]
    found = []
    for host in hosts:
        for child in host.children:
            if child.lower_ == preposition and child.dep_ in ("prep", "agent", "dative", "mark", "prt", "advmod"):
                found += [part for part in child.children if part.dep_ in ("pobj", "pcomp")]
        if found:
            break
    return found


def subjects(token: Token, depth: int = 0) -> list[Token]:
    """Logical subjects of a verb or of a noun that names an act."""
    if depth > 6:
        return []
    own = [child for child in token.children if child.dep_ in SUBJECT]
    if own:
        return [relative if relative is not None else child for child in own for relative in [_antecedent(child, token)]]
    agents = [
        part
        for child in token.children
        if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by")
        for part in child.children
        if part.dep_ == "pobj"
    ]
    if agents:
        return agents
    if is_passive(token):
        return []
    if token.pos_ in ("NOUN", "PROPN"):
        owners = [child for child in token.children if child.dep_ == "poss"]
        return owners or (subjects(token.head, depth + 1) if token.dep_ == "attr" else [])
    return _shared_subjects(token, depth) or _fronted(token)


def _shared_subjects(token: Token, depth: int) -> list[Token]:
    """The subject that a verb without one takes from what governs it."""
    head = token.head
    if head is token:
        return _fronted(token)
    if token.dep_ in ("relcl", "acl") and head.pos_ in ("NOUN", "PROPN", "PRON"):
        if token.dep_ == "acl" and lemma(head) in words("plan_noun"):  # "Acme's plan to buy Bolt"
            return subjects(head, depth + 1) or _verb_subject_above(head, depth)
        return [head]
    if (
        token.dep_ == "xcomp"
        and (controlled := [child for child in head.children if child.dep_ == "dobj"])
        and lemma(head) not in words("subject_control")
    ):
        return controlled
    if token.dep_ == "pcomp":  # "is close to buying", "accused of hiding"
        return _verb_subject_above(head, depth)
    if token.dep_ in LINKED or token.dep_ in ("ROOT", "parataxis", "dep"):
        return subjects(head, depth + 1) if head.pos_ in ("VERB", "AUX") else [head] if token.dep_ == "advcl" else subjects(head, depth + 1)
    return _fronted(token)


def _verb_subject_above(token: Token, depth: int) -> list[Token]:
    for above in token.ancestors:
        if above.pos_ in ("VERB", "AUX"):
            passive = [child for child in above.children if child.dep_ in PASSIVE]
            return passive or subjects(above, depth + 1)
        if above.pos_ in ("NOUN", "PROPN") and (owners := [child for child in above.children if child.dep_ == "poss"]):
            return owners
    return []


def _fronted(token: Token) -> list[Token]:
    """A headline's subject that the parser hung on the verb as something else: the noun phrase that opens the sentence."""
    first = token.sent[0]
    if token.i - first.i > 8 or token.i == first.i:
        return []
    name = next((span for span in token.doc.spans["names"] if span.start == first.i and span.end <= token.i), None)
    between = token.doc[name.end : token.i] if name is not None else []
    if name is None or any(word.pos_ in ("VERB", "PUNCT") and word.i != token.i for word in between):
        return []
    return [name.root]


def objects(token: Token) -> list[Token]:
    """Logical objects of a verb, or what the of-phrase of a noun names."""
    found = [child for child in token.children if child.dep_ in PASSIVE]
    if found:
        return [relative if relative is not None else child for child in found for relative in [_antecedent(child, token)]]
    found = [child for child in token.children if child.dep_ in ("dobj", "attr", "dative") and child.i > token.i]
    if found:
        return found
    if is_passive(token) and token.dep_ in ("acl", "relcl") and token.head.pos_ in ("NOUN", "PROPN"):
        return [token.head]
    if token.dep_ == "relcl" and token.head.pos_ in ("NOUN", "PROPN"):  # "the chips that Acme makes"
        relative = [child for child in token.children if child.dep_ in ("dobj", "mark") and child.lower_ in ("that", "which", "whom")]
        if relative or any(child.dep_ in SUBJECT and child.lower_ not in ("that", "which", "who") for child in token.children):
            return [token.head]
    if token.dep_ == "conj" and token.head.pos_ == "VERB" and is_passive(token) and is_passive(token.head):
        return objects(token.head)
    if token.pos_ in ("NOUN", "PROPN"):
        return [part for child in token.children if child.lower_ == "of" for part in child.children if part.dep_ == "pobj"]
    following = token.doc[token.i + 1 : token.i + 2]
    return [following[0]] if following and following[0].dep_ in ("npadvmod", "nsubj", "compound") and following[0].head.i > token.i else []


def is_passive(token: Token) -> bool:
    """Whether a verb form is passive: an auxiliary says so, or it is a bare past participle behind its noun."""
    if any(child.dep_ in ("auxpass", "nsubjpass") for child in token.children):
        return True
    return bool(
        token.tag_ == "VBN" and token.dep_ in ("acl", "conj", "advcl") and not any(child.dep_ in ("aux", "nsubj", "dobj") for child in token.children)
    )


def _antecedent(word: Token, verb: Token) -> Token | None:
    """The noun that a relative pronoun stands for."""
    if verb.dep_ == "relcl" and word.lower_ in ("which", "that", "who") and word.tag_ in ("WDT", "WP"):
        noun: Token = verb.head
        return noun
    return None


def coordinated(head: Token) -> list[Token]:
    """A head and what stands beside it in a list; what a container ("a range of …", "hurdles, including …") holds takes its place."""
    members = [head]
    for member in members:
        members += [child for child in member.children if child.dep_ == "conj" and child not in members and child.pos_ != "VERB"]
    return [opened for member in members for opened in _opened(member)]


def _opened(head: Token) -> list[Token]:
    if head.pos_ not in ("NOUN", "PROPN"):
        return [head]
    if head.dep_ in ("appos", "dep") and lemma(head) in words("container") and (listed := _list_before(head)):
        return listed
    listed = [child for child in head.children if child.lower_ in ("including", "as", "like") and child.dep_ == "prep" and child.i > head.i]
    if lemma(head) in words("container"):
        listed += [child for child in head.children if child.lower_ in ("of", "in") and child.dep_ == "prep" and child.i > head.i]
    inner = [part for child in listed for part in child.children if part.dep_ in ("pobj", "pcomp")]
    if not inner:
        return [head]
    return [opened for part in inner for opened in coordinated(part)]


def _list_before(head: Token) -> list[Token]:
    """The list that a general word behind it takes up: "photos, maps and logs, resources that …"."""
    noun = head.head
    while noun.dep_ == "conj":
        noun = noun.head
    verb = noun if noun.pos_ == "VERB" else noun.head
    if (noun is verb or noun.dep_ == "dobj") and verb.pos_ == "VERB":
        return [opened for member in objects(verb) for opened in coordinated(member) if opened.i < head.i]
    return [opened for opened in coordinated(noun) if opened.i < head.i]


# --- arguments --------------------------------------------------------------------------------------------------------


def as_argument(head: Token, *, phrases: bool, wide: bool = False) -> Argument | None:
    """What the noun phrase (or gerund) around a head is: a name, words that stand for something, or a phrase."""
    named = name_at(head)
    if named is not None:
        return Argument("name", named.start, named.end, head.i)
    if head.lower_ in PRONOUNS and head.pos_ in ("PRON", "DET", "SCONJ"):
        kind = "possessive" if head.tag_ == "PRP$" else "pronoun"
        return Argument(kind, head.i, head.i + 1, head.i)  # type: ignore[arg-type]
    if head.pos_ == "VERB":
        if head.tag_ == "VBG" and head.dep_ == "csubj" and lemma(head) in words("deal_verb"):
            return Argument("deal", head.i, head.i + 1, head.i)
        return phrase_at(head, wide=wide) if phrases else None
    if lemma(head) in words("transaction_noun") and head.dep_ in ("nsubj", "nsubjpass"):  # "A takeover might …"
        return Argument("deal", head.i, head.i + 1, head.i)
    if definite(head):
        if lemma(head) in words("deal_noun"):
            return Argument("deal", head.i, head.i + 1, head.i)
        if lemma(head) in words("firm_noun"):
            return Argument("firm", head.i, head.i + 1, head.i)
    return phrase_at(head, wide=wide) if phrases and head.pos_ in ("NOUN", "PROPN", "ADJ", "VERB") else None


def definite(head: Token) -> bool:
    """Whether a noun is said as something known: "the deal", "this move", "both companies"."""
    return any(
        child.lower_ in ("the", "this", "that", "these", "both", "such") and child.dep_ in ("det", "predet", "amod") for child in head.children
    )


def name_at(head: Token) -> Span | None:
    """The name that a head stands in, or that is set beside its noun ("the platform Pinterest", "its rival, Acme")."""
    spans = list(head.doc.spans["names"])
    for span in spans:
        if span.start <= head.i < span.end:
            return span if not _inside_larger_noun(span, head) else None
    described = words("firm_noun") | words("product_noun") | words("person_noun")
    if head.pos_ not in ("NOUN", "PROPN"):
        return None
    if lemma(head) not in described:  # "the payments platform Bolt", where the parse takes "payments" for the head
        following = head.doc[head.i + 1 : head.i + 2]
        if not (following and lemma(following[0]) in described and following[0].pos_ != "PUNCT"):
            return None
        return next((span for span in spans if span.start == head.i + 2 and span.sent == head.sent), None)
    for span in spans:
        if span.start == head.i + 1 and head.doc[head.i].is_alpha and span.sent == head.sent:
            return span
        if any(child.dep_ == "appos" and span.start <= child.i < span.end for child in head.children):
            return span
    return None


def _inside_larger_noun(name: Span, head: Token) -> bool:
    """Whether a name only describes a common noun ("an Acme spokesman"): then the noun is meant."""
    return bool(name.end <= head.i)


def phrase_at(head: Token, *, wide: bool = False) -> Argument | None:
    """The shortest phrase around a head that keeps its meaning: articles, quantities, praise and possessors off."""
    doc = head.doc
    if head.pos_ == "VERB":
        edge = [child.right_edge.i for child in head.children if child.dep_ in ("dobj", "prt") and child.i > head.i]
        return Argument("phrase", head.i, min(max(edge, default=head.i) + 1, head.i + MAX_PHRASE), head.i)
    if head.pos_ not in ("NOUN", "PROPN", "ADJ", "NUM") or (not head.is_alpha and "-" not in head.text):
        return None
    start, end = _left_edge(head), _right_edge(head, wide=wide)
    if end - start > MAX_PHRASE + 8 * wide:
        return None
    while start < head.i and _droppable(doc[start]):
        start += 1
    if doc[start].is_quote and start == head.i - 1:
        start += 1
    return Argument("phrase", start, end, head.i)


def _left_edge(head: Token) -> int:
    start: int = head.i
    doc = head.doc
    for child in sorted(head.lefts, key=lambda word: -word.i):
        if child.dep_ in ("poss", "det", "predet", "case", "cc", "relcl", "prep"):
            break
        if child.dep_ in ("compound", "amod", "nmod", "npadvmod", "punct", "advmod", "nummod", "quantmod", "conj", "advcl"):
            start = min(start, child.left_edge.i)
    for at in range(start, head.i):  # a possessor inside: what follows it is the phrase
        if doc[at].tag_ == "POS":
            start = at + 1
    return start


def _right_edge(head: Token, *, wide: bool) -> int:
    """End of the phrase: its of-phrase belongs to it, other prepositions only to a noun that names an act, or to a strategy."""
    end: int = head.i + 1
    doc = head.doc
    while end < len(doc) and doc[end].tag_ == "HYPH":
        end += 2
    acts = head.lower_.endswith(("tion", "sion", "ment", "ing", "sis", "ance", "al", "access", "shift", "push"))
    while end < len(doc) and doc[end].sent == head.sent:
        word = doc[end]
        belongs = word.lower_ == "of" or (word.lower_ in ("into", "to", "for", "with", "in", "from", "by", "over") and (acts or wide))
        if not (belongs and word.pos_ in ("ADP", "PART", "SCONJ")):
            break
        parts = [child for child in word.children if child.dep_ in ("pobj", "pcomp")]
        if not parts or parts[0].pos_ in ("NUM", "PRON"):
            break
        stop = _flat_end(parts[0], wide=wide)
        if stop - head.i > MAX_PHRASE:
            break
        end = stop
        if not wide and not acts:
            break
    return end


def _flat_end(part: Token, *, wide: bool) -> int:
    """Where a prepositional object ends, without the clauses that hang on it."""
    end: int = part.i + 1
    for child in part.children:
        if child.dep_ in CLAUSE_STOP or child.i < part.i or child.is_punct:
            continue
        if child.dep_ in ("dobj", "conj", "cc", "prt") or child.lower_ == "of" or (wide and child.dep_ in ("prep", "attr", "xcomp", "pobj", "pcomp")):
            end = max(end, child.i + 1, _flat_end(child, wide=wide))
    return end


def _droppable(token: Token) -> bool:
    """Whether a word at the start of a phrase is no part of what it means."""
    if token.pos_ in ("DET", "NUM", "ADV", "CCONJ", "SYM") or token.dep_ in ("det", "nummod", "advmod", "poss") or token.tag_ in ("POS", "PRP$"):
        return True
    return token.lower_ in words("praise") or lemma(token) in words("praise") or (token.is_punct and not token.is_quote)
