"""Checks raffles from what their public page says, and nothing else.

Written from the description "How winners are drawn" on that page, with the standard library only, so that it shares no
line with the program that draws. It reads proofs as the page offers them (`.../proof.json`), one on each line of standard
input, and writes for each one line: a JSON list of what does not hold, empty when everything does. From a file name it
reads one proof and says in words what came of it.
"""

import hashlib
import hmac
import json
import sys
from datetime import datetime


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def list_text(entrants):
    """The list as JSON without blanks, sorted by id, character by character."""
    ordered = sorted(entrants, key=lambda entry: entry[0].encode("utf-8"))
    return "[" + ",".join('["%s",%d]' % (entry[0], entry[1]) for entry in ordered) + "]"


def public_seed(proof):
    entropy = proof["entropy"]
    parts = [str(proof["period"]), proof["listHash"]]
    if entropy["kind"] == "discord":
        return ":".join(parts + ["discord", entropy["messageId"]])
    return ":".join(parts + [str(entropy["round"]), entropy["randomness"]])


def roll(seed, public, nonce, total):
    """The winning ticket, from 1 to total, and the result of the HMAC that gave it."""
    counter = 0
    while True:
        message = "%s:%d:%d" % (public, nonce, counter)
        result = hmac.new(seed.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).hexdigest()
        v = int(result[:16], 16)
        if v < (2**64 // total) * total:
            return v % total + 1, result
        counter += 1


def winners(proof, count):
    """Winners by nonce, as (id, ticket, hash); fewer when nobody is left."""
    left = sorted(((entry[0], entry[1]) for entry in proof["entrants"]), key=lambda entry: entry[0].encode("utf-8"))
    public = public_seed(proof)
    found = []
    while len(found) < count and left:
        ticket, result = roll(proof["seed"], public, len(found), sum(tickets for _, tickets in left))
        upto = 0
        for place, (identity, tickets) in enumerate(left):
            upto += tickets
            if ticket <= upto:
                found.append((identity, ticket, result))
                del left[place]
                break
    return found


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def faults(proof):
    """What does not hold, in words; empty when everything does."""
    wrong = []
    if len({entry[0] for entry in proof["entrants"]}) != len(proof["entrants"]):
        wrong.append("an entry stands in the list twice")
    if proof["listHash"] is not None and sha256(list_text(proof["entrants"])) != proof["listHash"]:
        wrong.append("list")
    if proof["seed"] is not None and sha256(proof["seed"]) != proof["commitment"]:
        wrong.append("seed")
    entropy = proof["entropy"]
    if entropy is not None and entropy["kind"] == "drand":
        if instant(entropy["roundAt"]) <= instant(proof["closedAt"]):
            wrong.append("round")
        signature = entropy["signature"]
        if signature is not None and hashlib.sha256(bytes.fromhex(signature)).hexdigest() != entropy["randomness"]:
            wrong.append("randomness")
    if proof["seed"] is None:
        return wrong
    drawn = winners(proof, 1 + max((draw["nonce"] for draw in proof["draws"]), default=-1))
    for draw in proof["draws"]:
        nonce = draw["nonce"]
        if nonce >= len(drawn) or drawn[nonce] != (draw["id"], int(draw["ticket"]), draw["hash"]):
            wrong.append("winner %d" % (nonce + 1))
        opening = draw["opening"]
        if opening is not None and sha256(opening["salt"] + ":" + opening["person"])[:40] != draw["id"]:
            wrong.append("entry %d" % (nonce + 1))
    return wrong


def main(arguments):
    if not arguments:
        for line in sys.stdin:
            print(json.dumps(faults(json.loads(line))), flush=True)
        return 0
    with open(arguments[0], encoding="utf-8") as file:
        wrong = faults(json.load(file))
    print("Everything holds." if not wrong else "This does not hold: " + ", ".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
