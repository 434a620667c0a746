#!/usr/bin/env python3
"""Exports full of values that cannot be mistaken for anything else, and the search for them.

usage: canary.py make FOLDER LIST        writes FOLDER/<agency>/*.csv, *.xml and the list of values
       canary.py search LIST PATH...     prints "files F bytes B hits H"; each hit on stderr
       canary.py forms LIST FILE         writes every value in every form that is searched for

A value is searched for whatever its case, as UTF-8, UTF-16, hex and base64, wherever it begins.
"""
import base64
import os
import sys

# Letters alone: it outlives the folding of names. Every text of the exports has it.
MARK = "zqxjvkwy"
AGENCIES = {"council": ("5A", "1"), "health": ("3A", "2"), "police": ("6", "3"), "school": ("2A", "4")}
CHUNK = 256 << 10
OVERLAP = 4096
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def nhs(stem):
    """A number with a right check digit, from nine digits; the next ones where there is none."""
    while True:
        digits = f"{stem:09d}"
        check = (11 - sum((10 - i) * int(d) for i, d in enumerate(digits)) % 11) % 11
        if check < 10:
            return digits + str(check)
        stem += 1


def upn(authority, stem):
    rest = f"{authority}{stem:09d}"
    return UPN_LETTERS[sum((i + 2) * int(d) for i, d in enumerate(rest)) % 23] + rest


def day(agency, n):
    """Days of birth that nothing else is dated on."""
    return 2009 + n, 8 + int(AGENCIES[agency][1]) % 4, 13 + n + int(AGENCIES[agency][1])


class Canaries:
    def __init__(self):
        self.values = []

    def add(self, *values):
        self.values += [value for value in values if value not in self.values]
        return values[0]

    def text(self, agency, what):
        """Capitals, so that a copy in small letters is found too."""
        return self.add(f"{MARK.capitalize()}{agency}{what}")

    def nhs(self, agency, n):
        number = nhs(731846000 + 200 * int(AGENCIES[agency][1]) + 7 * n)
        self.add(number, f"{number[:3]}-{number[3:6]}-{number[6:]}")
        return self.add(f"{number[:3]} {number[3:6]} {number[6:]}")

    def upn(self, agency, n):
        number = upn("801", 719305000 + 100 * int(AGENCIES[agency][1]) + n)
        self.add(number[1:])  # without the letter all begin alike, and are found faster
        return number

    def date(self, agency, n):
        y, m, d = day(agency, n)
        month = "January February March April May June July August September October November " \
            "December".split()[m - 1]
        return self.add(f"{y}-{m:02d}-{d:02d}", f"{d:02d}/{m:02d}/{y}", f"{y}{m:02d}{d:02d}",
                        f"{d:02d}.{m:02d}.{y}", f"{d:02d}-{m:02d}-{y}", f"{d} {month} {y}",
                        f"{d} {month[:3]} {y}")


def write(folder, name, rows):
    """Rows are dictionaries; all have the columns of the first."""
    columns = list(rows[0])
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        out.write(",".join(columns) + "\n")
        for row in rows:
            out.write(",".join('"' + row[c].replace('"', '""') + '"' for c in columns) + "\n")


def child(c, a, n):
    row = {"child_id": c.text(a, f"child{n}"), "nhs_number": "", "upn": "",
           "family_name": c.text(a, f"family{n}"), "given_name": "", "date_of_birth": "",
           "expected_birth_date": "", "sex": "F", "ethnicity": "WBRI"}
    if n == 3:
        row["expected_birth_date"] = c.date(a, n)
    else:
        row.update(nhs_number=c.nhs(a, n), upn=c.upn(a, n), date_of_birth=c.date(a, n),
                   given_name=c.text(a, f"given{n}") + " Ann-é")
    return row


def referral(c, a, n):
    row = {"referral_id": c.text(a, f"referral{n}"), **child(c, a, n),
           "referral_at": "2025-02-03T10:00:00Z", "source_code": AGENCIES[a][0],
           "request_kind": "safeguarding", "route": "marf", "consent": "not_sought",
           "parents_informed": "no"}
    for column in ("consent_reason", "parents_reason", "concern", "referrer_role", "referrer_contact"):
        row[column] = c.text(a, column.replace("_", "") + str(n)) + ', said "so"'
    row["concern"] += " " + " ".join(c.text(a, f"concern{n}part{i}") for i in range(200))
    return row


def write_agency(c, folder, a):
    write(folder, "referrals.csv", [referral(c, a, n) for n in range(4)])
    write(folder, "early_help.csv", [
        {"episode_id": c.text(a, "episode"), **child(c, a, 4), "kind": "eha",
         "started_on": "2025-02-20", "start_reason": "new", "lead_agency": a}])
    write(folder, "referrer_feedback.csv", [
        {"referral_id": c.text(a, "referral0"), "received_at": "2025-02-20T09:00:00Z",
         "satisfied": "yes", "comment": c.text(a, "comment")}])
    kind, standard = ("s175_157", "s175_1") if a == "school" else ("s11", "s11_1")
    write(folder, "section11.csv", [
        {"return_id": f"{a}-s1", "standard": standard, "type": kind, "period": "2024-25",
         "grade": "good", "evidence": c.text(a, "evidence"), "status": "submitted",
         "signed_off_role": c.text(a, "signedoff"), "signed_off_on": "2025-03-01"}])
    write(folder, "section11_actions.csv", [
        {"return_id": f"{a}-s1", "action_id": "a1", "standard": standard,
         "action": c.text(a, "actiontext"), "owner_role": c.text(a, "owner"), "due": "2025-09-30",
         "action_status": "done"}])
    write(folder, "audits.csv", [
        {"audit_id": f"{a}-u1", "scope": "single", "theme": c.text(a, "theme"),
         "audited_on": "2025-04-02", "cases": "12", "lesson": c.text(a, "lesson"),
         "recommendation": c.text(a, "recommendation"), "action": c.text(a, "auditaction"),
         "action_due": "2025-09-30", "action_status": "done"}])
    write(folder, "training.csv", [
        {"course": "level1", "period": "2024-25", "eligible": "40", "trained": "31"}])
    write(folder, "escalation_responses.csv", [
        {"escalation_id": f"esc-{a}", "responded_at": "2025-05-01T12:00:00Z",
         "action": "acknowledge", "text": c.text(a, "response")}])
    write(folder, "attendance.csv", [
        {"meeting_id": "m1", "agency": a, "role": "officer", "status": "attended",
         "report": "on_time"}])


def write_changes(c, folder, a):
    """Another version of two referrals, one of them withdrawn."""
    rows = []
    for n in range(2):
        row = referral(c, a, n)
        row["concern"] = c.text(a, f"changed{n}")
        row["withdrawn"] = "yes" if n else ""
        row["withdrawn_reason"] = c.text(a, "withdrawal") if n else ""
        rows.append(row)
    write(folder, "referrals-changed.csv", rows)


def write_bad(c, folder, a):
    """Values where they do not belong, a file that breaks off in one, and what is no file at all."""
    rows = [referral(c, a, 8 + n) for n in range(4)]
    rows[0]["referral_at"] = c.text(a, "badinstant")
    rows[1]["request_kind"] = c.text(a, "badcode")
    rows[2]["source_code"] = c.text(a, "badsource")
    rows[2]["date_of_birth"] = c.text(a, "baddate")
    rows[2]["nhs_number"] = c.text(a, "badnumber")
    rows[2]["upn"] = c.text(a, "badupn")
    rows[3]["child_id"] += c.text(a, "toolong") * 8
    write(folder, "referrals-bad.csv", rows)
    with open(os.path.join(folder, "referrals-cut.csv"), "w", encoding="utf-8") as out:
        out.write("referral_id,child_id,referral_at,source_code,request_kind,route,concern\n")
        out.write(f"x1,{c.text(a, 'cutchild')},2025-02-03T10:00:00Z,6,safeguarding,marf,")
        out.write('"' + c.text(a, "cutconcern") + "\n")
    with open(os.path.join(folder, "census-cut.xml"), "w", encoding="utf-8") as out:
        out.write("<Message><Children><Child><ChildIdentifiers><LAchildID>")
        out.write(f"{c.text(a, 'cutcensus')}</LAchildID><{c.text(a, 'cutelement')}")


def write_council(c, folder):
    children = ";".join(c.text("council", f"child{n}") for n in range(3))
    write(folder, "meetings.csv", [
        {"meeting_id": "m1", "type": "icpc", "scheduled_at": "2025-02-10T10:00:00Z",
         "held_at": "2025-02-10T10:05:00Z", "status": "held", "children": children,
         "child_participation": "PN1", "quorum_override": "yes",
         "quorum_override_reason": c.text("council", "override")}])
    write(folder, "invitations.csv", [
        {"meeting_id": "m1", "agency": a, "role": "officer", "invited_at": "2025-01-27T09:00:00Z",
         "active_interest": "yes", "expected_to": "both"} for a in AGENCIES])
    write(folder, "decisions.csv", [
        {"referring_agency": a, "referral_id": c.text(a, "referral0"),
         "received_at": "2025-02-03T10:05:00Z", "decided_at": "2025-02-04T11:00:00Z",
         "accepted_as_referral": "yes", "outcome": "assessment",
         "feedback": c.text("council", f"feedback{a}")} for a in AGENCIES if a != "council"])
    copy = referral(c, "council", 5)
    copy.update(origin_agency="police", origin_referral_id=c.text("police", "referral0"))
    write(folder, "referrals-copy.csv", [copy])
    cases = []
    for n in (6, 7):
        identifier = c.text("council", f"census{n}")
        cases.append(
            f"<Child><ChildIdentifiers><LAchildID>{identifier}</LAchildID>"
            f"<UPN>{c.upn('council', n)}</UPN><FormerUPN>{c.upn('council', n + 10)}</FormerUPN>"
            f"<PersonBirthDate>{c.date('council', n - 3)}</PersonBirthDate>"
            "<GenderCurrent>9</GenderCurrent></ChildIdentifiers>"
            "<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>"
            f"<Unheard>{c.text('council', f'unheard{n}')}</Unheard><CINdetails>"
            "<CINreferralDate>2024-06-03</CINreferralDate><ReferralSource>6</ReferralSource>"
            "<PrimaryNeedCode>N1</PrimaryNeedCode><DateOfInitialCPC>2024-06-20</DateOfInitialCPC>"
            "<Section47><S47ActualStartDate>2024-06-04</S47ActualStartDate></Section47>"
            "<ReferralNFA>false</ReferralNFA></CINdetails></Child>")
    with open(os.path.join(folder, "census.xml"), "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<Message><Header><CollectionDetails>'
                  "<Collection>CIN</Collection><Year>2025</Year>"
                  "<ReferenceDate>2025-03-31</ReferenceDate></CollectionDetails>"
                  "<Source><LEA>340</LEA></Source></Header><Children>\n")
        out.write("\n".join(cases) + "\n</Children></Message>\n")


def make(folder, listing):
    c = Canaries()
    for a in AGENCIES:
        own = os.path.join(folder, a)
        os.makedirs(own, exist_ok=True)
        write_agency(c, own, a)
        write_changes(c, own, a)
        write_bad(c, own, a)
    write_council(c, os.path.join(folder, "council"))
    with open(listing, "w", encoding="utf-8") as out:
        out.write("\n".join(c.values) + "\n")


def forms_of(value):
    """(found whatever the case, found as they are) of one value."""
    folded = {value.lower().encode(): value, value.lower().encode("utf-16-le"): value + " as UTF-16"}
    exact = {}
    for form in {value, value.lower(), value.upper(), value.capitalize()}:
        folded[form.encode().hex().encode()] = value + " as hex"
        for shift in range(3):
            # Without the characters that bytes before or behind have a part in.
            text = base64.b64encode(b"\0" * shift + form.encode()).rstrip(b"=")
            tail = len(text) - (1 if (shift + len(form)) % 3 else 0)
            exact[text[(0, 2, 3)[shift]:tail]] = value + " as base64"
    return folded, exact


def by_beginning(wanted):
    """Many values begin alike: the file is gone through once for each beginning."""
    groups = {}
    for pattern, what in wanted.items():
        groups.setdefault(pattern[:4], []).append((pattern, what))
    return groups


def patterns(listing):
    """The mark stands for all that have it. A day is too short to be told apart in base64."""
    with open(listing, encoding="utf-8") as lines:
        values = lines.read().split("\n")[:-1]
    folded, exact = {}, {}
    for value in [MARK] + [v for v in values if MARK not in v.lower()]:
        more_folded, more_exact = forms_of(value)
        folded.update(more_folded)
        exact.update(more_exact if len(value.replace("-", "").replace(" ", "")) >= 10 else {})
    return folded, exact


def search_block(block, groups, found):
    for beginning, wanted in groups.items():
        at = block.find(beginning)
        while at >= 0:
            for pattern, what in wanted:
                if block.startswith(pattern, at):
                    found.append((what, at, pattern, block[max(0, at - 24):at + len(pattern) + 40]))
            at = block.find(beginning, at + 1)


def search_file(path, folded, exact, found):
    size = 0
    with open(path, "rb") as data:
        tail = b""
        while block := data.read(CHUNK):
            begin = size - len(tail)
            size += len(block)
            block = tail + block
            hits = []
            if block.count(0) < len(block):  # much of a core is empty
                search_block(block.lower(), folded, hits)
                search_block(block, exact, hits)
            found += [(path, what, begin + at, *rest) for what, at, *rest in hits]
            tail = block[-OVERLAP:]
    return size


def search(listing, paths):
    folded, exact = (by_beginning(wanted) for wanted in patterns(listing))
    found, files, size = [], 0, 0
    for path in paths:
        if os.path.isfile(path):
            files, size = files + 1, size + search_file(path, folded, exact, found)
        for folder, _, names in os.walk(path):
            for name in names:
                if MARK in name.lower():
                    found.append((os.path.join(folder, name), "a file's name", 0, b"", b""))
                files += 1
                size += search_file(os.path.join(folder, name), folded, exact, found)
    for path, what, at, _, around in found[:40]:
        print(f"{path}: {what} at {at}: {around!r}", file=sys.stderr)
    print(f"files {files} bytes {size} hits {len(found)} forms {len({f[3] for f in found})}")


def forms(listing, path):
    folded, exact = patterns(listing)
    with open(path, "wb") as out:
        out.write(b"\n".join([*folded, *exact]))
    print(f"forms {len(folded) + len(exact)}")


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "make":
        make(*sys.argv[2:4])
    elif len(sys.argv) > 3 and sys.argv[1] == "search":
        search(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) > 3 and sys.argv[1] == "forms":
        forms(*sys.argv[2:4])
    else:
        sys.exit(__doc__)
