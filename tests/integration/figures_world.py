"""Random exports of six agencies, and what they come to by the definitions of the import formats.

Nothing here is taken from Muster's code: the definitions are those of docs/import-formats.md, London's
clock and the check digits are computed here. A record is what its last submitted row says; a row that
says `withdrawn` counts nowhere.
"""
import datetime as dt
import unicodedata

AGENCIES = ["council", "gp-hill", "health", "housing", "police", "school"]
CHILD_MEETINGS = ["strategy_discussion", "strategy_meeting", "icpc", "rcpc", "core_group"]
MEETING_TYPES = CHILD_MEETINGS + ["lscb_board", "lscb_subgroup", "improvement_board"]
SOURCE_GROUPS = {  # in the order of the Department for Education's table
    "individual": ["1A", "1B", "1C", "1D"], "schools": ["2A"], "education_services": ["2B"],
    "health_services": ["3A", "3B", "3C", "3D", "3E", "3F"], "housing": ["4"],
    "la_services": ["5A", "5B", "5C", "5D"], "police": ["6"], "other_legal": ["7"], "other": ["8"],
    "anonymous": ["9"], "unknown": ["10"],
}
GROUP_OF = {code: group for group, codes in SOURCE_GROUPS.items() for code in codes}
NOTICE_DAYS = 5
CYCLE_START = dt.date(2022, 12, 5)
RAG = {"green": 90, "amber": 75, "minimum_count": 10, "recorded_share": 80}
DAY = dt.timedelta(days=1)

# --- London's clock -------------------------------------------------------------------------------


def last_sunday(year, month):
    day = dt.datetime(year, month, 31)
    return day - DAY * ((day.weekday() + 1) % 7)


def is_summer(utc):
    """From 01:00 UTC on the last Sunday of March to 01:00 UTC on that of October."""
    start = last_sunday(utc.year, 3) + dt.timedelta(hours=1)
    end = last_sunday(utc.year, 10) + dt.timedelta(hours=1)
    return start <= utc < end


def local_date(utc):
    return (utc + dt.timedelta(hours=1 if is_summer(utc) else 0)).date()


def utc_of_local(local):
    """A time that comes twice is the first; one that is skipped takes the offset before."""
    early = local - dt.timedelta(hours=1)  # read as summer time
    if is_summer(early):
        return early
    return local


def local_text(instant):
    """As the reports write it; nothing: not given."""
    if not instant:
        return "-"
    hours = 1 if is_summer(instant.utc) else 0
    return f"{(instant.utc + dt.timedelta(hours=hours)).isoformat()}+0{hours}:00"


def start_of(date):
    return utc_of_local(dt.datetime(date.year, date.month, date.day))


def year_before(date):
    try:
        return date.replace(year=date.year - 1)
    except ValueError:  # 29 February
        return date.replace(year=date.year - 1, day=28)


def periods(start, end, trend):
    """The months, quarters or cycles that [start, end] touches, cut to it."""
    if trend is None:
        return [(start, end)]
    keys = {"month": lambda d: (d.year, d.month), "quarter": lambda d: (d.year, (d.month - 1) // 3),
            "cycle": lambda d: (d - CYCLE_START).days // 42}
    days = [start + DAY * i for i in range((end - start).days + 1)]
    parts = {}
    for day in days:
        parts.setdefault(keys[trend](day), []).append(day)
    return [(part[0], part[-1]) for part in parts.values()]


# --- identifiers ----------------------------------------------------------------------------------


def nhs_check(nine):
    check = 11 - sum(int(c) * (10 - i) for i, c in enumerate(nine)) % 11
    return {11: 0, 10: None}.get(check, check)


def nhs_valid(text):
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != 10 or not digits.isdigit() or len(set(digits)) == 1:
        return None
    return digits if nhs_check(digits[:9]) == int(digits[9]) else None


UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def upn_letter(twelve):
    return UPN_LETTERS[sum(int(c) * (i + 2) for i, c in enumerate(twelve)) % 23]


def upn_valid(text):
    upn = text.replace(" ", "").upper()
    if len(upn) != 13 or not upn[1:].isdigit():
        return None
    return upn if upn_letter(upn[1:]) == upn[0] else None


def fold(name):
    text = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ß", "ss"))
    return "".join(c for c in text if c.isalnum())


# --- random rows ----------------------------------------------------------------------------------

NAMES = [("O'Brien", "Zoë"), ("OBRIEN", "Zoe"), ("o brien", "ZOE"), ("Łuczak", "José"), ("Luczak", "Jose"),
         ("Smith-Jones", "Anne Marie"), ("Smith Jones", "Annemarie"), ("Groß", "Tom"), ("Gross", "Tom"),
         ("Example", "Robin"), ("Example", "Kim")]
EDGES = [dt.datetime(*at) for at in [
    (2024, 2, 28, 23, 59, 59), (2024, 2, 29, 0, 0, 0), (2024, 2, 29, 12, 0, 0), (2024, 3, 1, 0, 0, 0),
    (2025, 2, 28, 0, 0, 0), (2025, 2, 28, 23, 59, 59), (2025, 3, 1, 0, 0, 0), (2023, 12, 31, 23, 59, 59),
    (2024, 1, 1, 0, 0, 0), (2024, 12, 31, 23, 59, 59), (2025, 1, 1, 0, 0, 0), (2024, 3, 31, 0, 59, 59),
    (2024, 3, 31, 1, 30, 0), (2024, 3, 31, 2, 0, 0), (2024, 10, 27, 0, 30, 0), (2024, 10, 27, 1, 30, 0),
    (2024, 10, 27, 2, 0, 0), (2025, 3, 29, 23, 30, 0), (2025, 3, 30, 1, 30, 0), (2025, 3, 30, 23, 30, 0),
    (2025, 3, 31, 0, 0, 0), (2025, 10, 25, 23, 30, 0), (2025, 10, 26, 1, 30, 0), (2025, 6, 30, 23, 30, 0),
    (2025, 7, 1, 0, 0, 0), (2024, 12, 24, 17, 0, 0), (2024, 12, 27, 9, 0, 0), (2025, 4, 17, 18, 0, 0),
    (2025, 4, 22, 23, 59, 59), (2025, 5, 2, 16, 0, 0), (2025, 5, 6, 12, 0, 0)]]


class Instant:
    """A time as written and as meant."""

    def __init__(self, text, utc):
        self.text, self.utc = text, utc

    def __str__(self):
        return self.text


class World:
    def __init__(self, dice):
        self.dice = dice
        self.children = [self.make_child(i) for i in range(24)]
        self.rows = []  # (agency, kind, key, row), in the order they are submitted

    # values

    def one(self, *choices):
        return self.dice.choice(choices)

    def maybe(self, chance, value):
        return value if self.dice.random() < chance else ""

    def moment(self):
        if self.dice.random() < 0.45:
            return self.dice.choice(EDGES)
        start = dt.datetime(2023, 11, 1)
        return start + dt.timedelta(minutes=self.dice.randrange(0, 60 * 24 * 780))

    def instant(self, at):
        style = self.dice.randrange(6)
        if style == 0:
            return Instant(at.strftime("%Y-%m-%dT%H:%M:%SZ"), at)
        if style == 1:
            return Instant(at.strftime("%Y-%m-%dT%H:%M:%S+02:00"), at - dt.timedelta(hours=2))
        if style == 2:
            day = at.replace(hour=0, minute=0, second=0)
            return Instant(day.strftime(self.one("%Y-%m-%d", "%d/%m/%Y")), utc_of_local(day))
        if style == 3:
            minute = at.replace(second=0)
            return Instant(minute.strftime("%Y-%m-%d %H:%M"), utc_of_local(minute))
        return Instant(at.strftime("%Y-%m-%dT%H:%M:%S"), utc_of_local(at))

    def near(self, at, hours):
        return self.instant((at + dt.timedelta(minutes=self.dice.randrange(-60, hours * 60))).replace(second=0))

    def date(self, date):
        return date.strftime(self.one("%Y-%m-%d", "%d/%m/%Y"))

    def make_child(self, i):
        nine = None
        while nine is None or nhs_check(nine) is None or len(set(nine)) == 1:
            nine = "".join(self.dice.choice("0123456789") for _ in range(9))
        twelve = "".join(self.dice.choice("0123456789") for _ in range(12))
        born = self.one(dt.date(2016, 2, 29), dt.date(2012, 6, 1), dt.date(2019, 11, 30))
        return {"n": i, "nhs": nine + str(nhs_check(nine)), "upn": upn_letter(twelve) + twelve,
                "name": self.dice.randrange(len(NAMES)), "born": born, "sex": self.one("M", "F")}

    def child_columns(self, agency):
        """A child as one agency knows it: in part, with slips of the pen."""
        child, other = self.dice.choice(self.children), self.dice.choice(self.children)
        slip = lambda key: other[key] if self.dice.random() < 0.08 else child[key]
        nhs, upn = slip("nhs"), slip("upn")
        if self.dice.random() < 0.15:
            nhs = nhs[:9] + str((int(nhs[9]) + 1) % 10)
        if self.dice.random() < 0.25:
            upn = UPN_LETTERS[(UPN_LETTERS.index(upn[0]) + 1) % 23] + upn[1:]
        nhs = self.one(nhs, f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}", f"{nhs[:3]}-{nhs[3:6]}-{nhs[6:]}")
        # One of several spellings, the same or another name.
        family, given = NAMES[(slip("name") + self.dice.randrange(2)) % len(NAMES)]
        return {"child_id": f"{agency[:2]}{slip('n')}", "nhs_number": self.maybe(0.4, nhs),
                "upn": self.maybe(0.5, self.one(upn, upn.lower())), "family_name": self.maybe(0.8, family),
                "given_name": self.maybe(0.9, given), "date_of_birth": self.maybe(0.9, self.date(slip("born"))),
                "sex": self.maybe(0.9, slip("sex"))}

    # rows of each kind: a key and how to draw a row for it

    def referral(self, agency, number):
        at = self.instant(self.moment())
        source = {"police": "6", "health": "3A", "school": "2A", "housing": "4", "gp-hill": "3A"}.get(agency)
        if source is None or self.dice.random() < 0.1:
            source = self.one(*GROUP_OF, "5A", "5A", "5B", "5D")
        row = {"referral_id": f"r{number}", **self.child_columns(agency), "referral_at": at, "source_code": source,
               "request_kind": self.one("safeguarding", "early_help"), "primary_need": self.one("N1", "N2", ""),
               "route": self.one("marf", "email"), "origin_agency": "", "origin_referral_id": ""}
        if agency == "council" and self.dice.random() < 0.3:
            row["origin_agency"] = self.one("police", "health")
            row["origin_referral_id"] = f"r{self.dice.randrange(20)}"
        return row

    def decision(self, agency, number):
        at = self.moment().replace(second=0)
        return {"referring_agency": agency, "referral_id": f"r{number}",
                "received_at": self.maybe(0.5, self.instant(at)), "acknowledged_at": self.maybe(0.8, self.near(at, 96)),
                "decided_at": self.maybe(0.8, self.near(at, 120)),
                "accepted_as_referral": self.one("yes", "Y", "1", "no", "false", ""),
                "threshold_met": self.one("yes", "no", ""), "outcome": self.one("nfa", "assessment", "advice", ""),
                "feedback_at": self.maybe(0.4, self.near(at, 200))}

    def episode(self, agency, number):
        started = self.moment().date()
        ended = started + DAY * self.dice.randrange(-2, 300)
        over = self.dice.random() < 0.6
        return {"episode_id": f"e{number}", **self.child_columns(agency), "kind": self.one("caf", "eha"),
                "started_on": self.date(started), "start_reason": self.one("new", "step_down", "transfer", ""),
                "lead_agency": self.one(agency, agency, *AGENCIES), "ended_on": self.date(ended) if over else "",
                "end_reason": self.one("step_up", "step_up", "outcomes_met", "") if over else ""}

    def meeting(self, number):
        at = self.moment()
        status = self.one("held", "held", "held", "held", "scheduled", "cancelled", "adjourned")
        held = self.instant(at) if status == "held" or self.dice.random() < 0.3 else ""
        override = self.one("yes", "no", "", "", "")
        return {"meeting_id": f"m{number}", "type": self.one(*MEETING_TYPES, *CHILD_MEETINGS), "scheduled_at":
                self.instant(at), "held_at": held, "status": status,
                "children": ";".join(self.dice.sample(["co1", "co2", "co3", "co4", "co5"], self.one(1, 1, 2, 3))),
                "s47_started_on": self.maybe(0.3, self.date((at - DAY * self.dice.randrange(0, 40)).date())),
                "reports_shared_with_family_at": self.maybe(0.6, self.near(at - DAY * 2, 36)),
                "minutes_sent_at": self.maybe(0.6, self.near(at + DAY * self.dice.randrange(0, 9), 9)),
                "quorum_override": override, "quorum_override_reason": "too few" if override == "yes" else ""}

    def invitation(self, number, agency, role):
        invited = self.instant(self.moment() - DAY * self.dice.randrange(0, 20))
        return {"meeting_id": f"m{number}", "agency": agency, "role": role, "invited_at": self.maybe(0.85, invited),
                "active_interest": self.one("yes", "yes", "yes", "no"),
                "expected_to": self.one("attend", "both", "report")}

    def attendance(self, number, agency, role):
        return {"meeting_id": f"m{number}", "agency": agency, "role": role,
                "status": self.one("attended", "attended", "attended_remote", "deputy", "apologies", "no_apologies"),
                "report": self.one("not_required", "on_time", "on_time", "late", "not_received"),
                "report_received_at": ""}

    def add(self, agency, kind, key, draw):
        """One record: a row, sometimes repeated, changed or withdrawn."""
        row = draw()
        self.rows.append((agency, kind, key, row))
        if self.dice.random() < 0.1:
            self.rows.append((agency, kind, key, row))
        if self.dice.random() < 0.2:
            self.rows.append((agency, kind, key, draw()))
        if self.dice.random() < 0.07:
            self.rows.append((agency, kind, key, {**row, "withdrawn": "yes", "withdrawn_reason": "entered twice"}))

    def draw_all(self):
        for agency in AGENCIES:
            for n in range(30 if agency == "council" else 18):
                self.add(agency, "referrals", f"r{n}", lambda: self.referral(agency, n))
                if self.dice.random() < 0.6:
                    self.add("council", "decisions", f"{agency}/r{n}", lambda: self.decision(agency, n))
            for n in range(6):
                self.add(agency, "early_help", f"e{n}", lambda: self.episode(agency, n))
        for n in range(26):
            self.add("council", "meetings", f"m{n}", lambda: self.meeting(n))
            for agency in self.dice.sample(AGENCIES, self.dice.randrange(0, 5)):
                self.draw_invited(n, agency)
        self.dice.shuffle(self.rows)

    def draw_invited(self, n, agency):
        role = self.one("lead", "worker")
        key = f"m{n}/{agency}/{role}"
        if self.dice.random() < 0.93:
            self.add("council", "invitations", key, lambda: self.invitation(n, agency, role))
        if self.dice.random() < 0.8:
            self.add("council", "attendance", key, lambda: self.attendance(n, agency, role))
        if agency != "council" and self.dice.random() < 0.4:
            self.add(agency, "attendance", key, lambda: self.attendance(n, agency, role))

    def census(self):
        """(XML, rows) of a census return: referrals of the council's, accepted, known by id or UPN."""
        children, rows = [], []
        for child in self.dice.sample(self.children, 10):
            name = f"CIN{child['n']}"
            upn = self.maybe(0.7, self.dice.choice(self.children)["upn"])
            details, times = [], {}
            for _ in range(self.dice.randrange(1, 4)):
                date = self.moment().date()
                source = self.maybe(0.9, self.one(*GROUP_OF))
                nfa = self.one("true", "1", "false", "0")
                times[date] = times.get(date, 0) + 1
                key = f"{name}/{date}/{times[date]}"
                tag = f"<ReferralSource>{source}</ReferralSource>" if source else ""
                details.append(f"<CINdetails><CINreferralDate>{date}</CINreferralDate>{tag}"
                               f"<PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>{nfa}</ReferralNFA></CINdetails>")
                rows.append(("council", "referrals", key, {
                    "referral_id": key, "child_id": name, "upn": upn, "source_code": source, "census": "yes",
                    "referral_at": Instant(str(date), start_of(date))}))
                if nfa in ("true", "1"):
                    rows.append(("council", "decisions", f"council/{key}", {
                        "referring_agency": "council", "referral_id": key, "outcome": "nfa"}))
            tag = f"<UPN>{upn}</UPN>" if upn else ""
            children.append(f"<Child><ChildIdentifiers><LAchildID>{name}</LAchildID>{tag}<PersonBirthDate>"
                            f"{child['born']}</PersonBirthDate></ChildIdentifiers>{''.join(details)}</Child>")
        return ("<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>"
                "<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails></Header><Children>"
                + "".join(children) + "</Children></Message>"), rows


# --- the figures ----------------------------------------------------------------------------------


def percent(part, whole):
    if whole == 0:
        return "-"
    tenths = (2000 * part + whole) // (2 * whole)  # half away from zero
    return f"{tenths // 10}.{tenths % 10}"


def given_date(text):
    if not text:
        return None
    return dt.datetime.strptime(text, "%d/%m/%Y" if "/" in text else "%Y-%m-%d").date()


def is_yes(text):
    return text.lower() in ("yes", "y", "true", "1")


class Figures:
    """What a state of the records comes to. `state`: (agency, kind, key) -> last row."""

    def __init__(self, state, holidays):
        self.holidays = holidays
        self.kinds = {}
        for (agency, kind, key), row in state.items():
            if row.get("withdrawn") != "yes":
                self.kinds.setdefault(kind, {})[agency, key] = row
        self.referrals = [self.referral_facts(agency, row) for (agency, _), row in self.all("referrals")
                          if not (agency == "council" and row.get("origin_agency"))]
        self.referrals.sort(key=lambda fact: fact["order"])

    def all(self, kind):
        return self.kinds.get(kind, {}).items()

    def working_day_after(self, date):
        date += DAY
        while date.weekday() >= 5 or date in self.holidays:
            date += DAY
        return date

    def working_days(self, after, to):
        if to < after:
            return -self.working_days(to, after)
        days = (after + DAY * i for i in range(1, (to - after).days + 1))
        return sum(1 for day in days if day.weekday() < 5 and day not in self.holidays)

    # contribution

    def referral_facts(self, agency, row):
        decision = self.kinds.get("decisions", {}).get(("council", f"{agency}/{row['referral_id']}"), {})
        at = row["referral_at"].utc
        names = [fold(row.get("family_name", "")), fold(row.get("given_name", "")),
                 given_date(row.get("date_of_birth", "")), row.get("sex", "")]
        census = row.get("census") == "yes"
        received = decision.get("received_at") or row["referral_at"]
        limit = start_of(self.working_day_after(local_date(received.utc)) + DAY)
        in_time = lambda column: bool(decision.get(column)) and decision[column].utc < limit
        return {
            "agency": agency, "order": (at, agency, row["referral_id"].encode()), "on": local_date(at),
            "census": census, "own": (agency, row["child_id"]),
            "nhs": nhs_valid(row.get("nhs_number", "")), "upn": upn_valid(row.get("upn", "")),
            "name": tuple(names) if all(names) else None,
            "group": GROUP_OF.get(row["source_code"], "unknown"),
            "accepted": census or is_yes(decision.get("accepted_as_referral", "")),
            "decided": bool(decision.get("decided_at")), "threshold": is_yes(decision.get("threshold_met", "")),
            "nfa": decision.get("outcome") == "nfa", "feedback": bool(decision.get("feedback_at")),
            "acknowledged_in_time": in_time("acknowledged_at"), "decided_in_time": in_time("decided_at"),
        }

    @staticmethod
    def same_child(a, b):
        if a["census"] != b["census"]:
            return False
        if a["own"] == b["own"]:
            return True
        for key in ("nhs", "upn", "name"):
            if a[key] and b[key]:
                return a[key] == b[key]
        return False

    def earlier(self, fact, accepted):
        since = year_before(fact["on"])
        return any(other["order"] < fact["order"] and other["on"] >= since and (other["accepted"] or not accepted)
                   and self.same_child(other, fact) for other in self.referrals)

    def contribution_row(self, label, facts, episodes, start, end):
        count = lambda key: sum(1 for fact in facts if fact[key])
        begun = [e for a, e in episodes if a == label and start <= given_date(e["started_on"]) <= end]
        stepped_up = [e for a, e in episodes if a == label and e["end_reason"] == "step_up" and e["ended_on"]
                      and start <= given_date(e["ended_on"]) <= end]
        led = [e for _, e in episodes if e["lead_agency"] == label and given_date(e["started_on"]) <= end
               and (not e["ended_on"] or given_date(e["ended_on"]) > end)]
        return [label, len(facts), count("accepted"), count("decided"), count("threshold"), count("nfa"),
                sum(1 for fact in facts if fact["accepted"] and self.earlier(fact, True)),
                sum(1 for fact in facts if self.earlier(fact, False)), count("acknowledged_in_time"),
                count("decided_in_time"), count("feedback"), len(begun),
                sum(1 for e in begun if e["start_reason"] == "step_down"), len(led), len(stepped_up)]

    CONTRIBUTION = ("agency,referrals,accepted,decided,threshold_met,nfa,re_referrals,repeat_contacts,"
                    "acknowledged_in_time,decided_in_time,feedback_given,early_help_started,step_downs,"
                    "lead_professional,step_ups").split(",")

    def contribution(self, start, end):
        facts = [fact for fact in self.referrals if start <= fact["on"] <= end]
        episodes = [(agency, row) for (agency, _), row in self.all("early_help")]
        of_others = lambda fact: fact["agency"] == "council" and fact["group"] != "la_services"
        table = [self.CONTRIBUTION]
        for agency in AGENCIES:
            own = [fact for fact in facts if fact["agency"] == agency and not of_others(fact)]
            table.append(self.contribution_row(agency, own, episodes, start, end))
        for group in SOURCE_GROUPS:
            found = [fact for fact in facts if of_others(fact) and fact["group"] == group]
            if found:
                table.append(self.contribution_row(f"source:{group}", found, [], start, end))
        return table

    # attendance

    ATTENDANCE = ("agency,expected,not_invited,unrecorded,attended,deputy,apologies_with_report,apologies_without,"
                  "no_apologies,attendance_pct,reports_due,reports_on_time,reports_on_time_pct,contributed_pct,"
                  "attendance_numerator,attendance_denominator,contributed_numerator,contributed_denominator,"
                  "disputed,attendance_pct_undisputed,invited_late,attendance_numerator_undisputed,"
                  "attendance_denominator_undisputed,invited,recorded_pct,type,from,to,rag").split(",")

    def invited_facts(self, start, end, types, all_of_them=False):
        """(invitation, the council's record or None, disputed, late, type, held on) of the meetings asked for;
        those without active interest only where all are wanted."""
        meetings = self.kinds.get("meetings", {})
        records = self.kinds.get("attendance", {})
        for (_, key), row in self.all("invitations"):
            meeting = meetings.get(("council", row["meeting_id"]))
            if (meeting is None or not all_of_them and row["active_interest"] != "yes" or meeting["status"] != "held"
                    or meeting["type"] not in types or not start <= local_date(meeting["held_at"].utc) <= end):
                continue
            record, own = records.get(("council", key)), records.get((row["agency"], key))
            disputed = bool(record and own) and any(record[c] != own[c] for c in ("status", "report"))
            late = (bool(row["invited_at"]) and not meeting["type"].startswith("strategy_") and self.working_days(
                local_date(row["invited_at"].utc), local_date(meeting["scheduled_at"].utc)) < NOTICE_DAYS)
            yield (row, record if row["invited_at"] else None, disputed, late, meeting["type"],
                   local_date(meeting["held_at"].utc))

    def colour(self, attended, counted, invited):
        """By the thresholds of the gateway's configuration."""
        if counted < RAG["minimum_count"]:
            return "too few"
        if counted * 100 < RAG["recorded_share"] * invited:
            return "too little recorded"
        return next((colour for colour in ("green", "amber") if attended * 100 >= RAG[colour] * counted), "red")

    def attendance_row(self, label, facts, kind, start, end):
        come = lambda record: record["status"] in ("attended", "attended_remote", "deputy")
        expected = [fact for fact in facts if fact[0]["expected_to"] in ("attend", "both")]
        counted = [(record, disputed) for _, record, disputed, *_ in expected if record]
        not_invited = sum(1 for row, *_ in expected if not row["invited_at"])
        apologies = [record for record, _ in counted if record["status"] == "apologies"]
        with_report = sum(1 for record in apologies if record["report"] in ("on_time", "late"))
        attended = sum(1 for record, _ in counted if come(record))
        due = [record for row, record, *_ in facts if record and row["expected_to"] in ("report", "both")]
        on_time = sum(1 for record in due if record["report"] == "on_time")
        recorded = [(record, disputed) for _, record, disputed, *_ in facts if record]
        contributed = sum(1 for record, _ in recorded if come(record) or record["report"] == "on_time")
        agreed = [record for record, disputed in counted if not disputed]
        agreed_attended = sum(1 for record in agreed if come(record))
        invited = len(expected) - not_invited
        return [label, len(expected), not_invited, len(expected) - not_invited - len(counted), attended,
                sum(1 for record, _ in counted if record["status"] == "deputy"), with_report,
                len(apologies) - with_report, sum(1 for record, _ in counted if record["status"] == "no_apologies"),
                percent(attended, len(counted)), len(due), on_time, percent(on_time, len(due)),
                percent(contributed, len(recorded)), attended, len(counted), contributed, len(recorded),
                sum(1 for _, disputed in recorded if disputed), percent(agreed_attended, len(agreed)),
                sum(1 for fact in facts if fact[3]), agreed_attended, len(agreed), invited,
                percent(len(counted), invited), kind, start, end, self.colour(attended, len(counted), invited)]

    def attendance(self, start, end, types=None, by="agency", trend=None, role=None, agency=None):
        types = list(dict.fromkeys(types or CHILD_MEETINGS))
        facts = [fact for fact in self.invited_facts(start, end, types, True)
                 if role in (None, fact[0]["role"]) and agency in (None, fact[0]["agency"])]
        shown = [agency] if agency else AGENCIES
        labels = {"agency": shown, "type": types, "role": sorted({fact[0]["role"] for fact in facts})}[by]
        of = {"agency": lambda fact: fact[0]["agency"], "type": lambda fact: fact[4], "role": lambda fact: fact[0]["role"]}[by]
        table = [[by] + self.ATTENDANCE[1:]]
        for label in labels:
            for first, last in periods(start, end, trend):
                counted = [fact for fact in facts if of(fact) == label and first <= fact[5] <= last
                           and fact[0]["active_interest"] == "yes"]
                kind = label if by == "type" else types[0] if len(types) == 1 else "-"
                table.append(self.attendance_row(label, counted, kind, first, last))
        return table
