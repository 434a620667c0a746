"""What a state of the records comes to, case by case: meetings, disputes, what waits.

As figures_world.py: by the definitions of docs/import-formats.md, with nothing of Muster's code.
"""
import datetime as dt

from figures_world import CHILD_MEETINGS, DAY, MEETING_TYPES, given_date, is_yes, local_date, local_text, start_of

GROUPS = {"council": "social_care", "gp-hill": "practice", "housing": "other"}  # else as the agency is called
STRATEGY = ["strategy_discussion", "strategy_meeting"]
CONFERENCES = ["icpc", "rcpc"]
PRESENT = ("attended", "attended_remote", "deputy")
LOOK_BACK = DAY * 731


def add_months(date, months):
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    for day in range(date.day, 0, -1):
        try:
            return dt.date(year, month + 1, day)
        except ValueError:
            continue


class Cases:
    def __init__(self, figures):
        self.figures, self.kinds = figures, figures.kinds
        self.meetings = sorted(self.read_meetings(), key=lambda meeting: (meeting["at"], meeting["id"]))

    def read_meetings(self):
        records = self.kinds.get("attendance", {})
        for (convener, key), row in self.kinds.get("meetings", {}).items():
            entries = [(record["agency"], record["role"], record, records.get((convener, name)),
                        records.get((record["agency"], name)))
                       for (_, name), record in self.kinds.get("invitations", {}).items() if record["meeting_id"] == key]
            entries.sort(key=lambda entry: entry[:2])
            held = row["held_at"] if row["status"] == "held" else ""
            yield {"id": key, "row": row, "at": (row["held_at"] or row["scheduled_at"]).utc, "held": held,
                   "entries": entries, "children": set(row["children"].split(";")), "type": row["type"],
                   "quorate": self.quorate(row, entries) if held else "-"}

    # quorum

    @staticmethod
    def active(entries):
        return [entry for entry in entries if entry[2]["active_interest"] == "yes"]

    def quorate(self, row, entries):
        active = self.active(entries)
        present = {GROUPS.get(agency, agency) for agency, _, _, record, _ in active if record and record["status"] in PRESENT}
        if row["type"] in STRATEGY:
            enough = {"social_care", "police", "health"} <= present
        elif row["type"] in CONFERENCES:
            enough = "social_care" in present and len(present) >= 3
        else:
            return "-"
        if not entries:
            return "-"
        if enough:
            return "yes"
        return "no" if all(record or not invitation["invited_at"] for _, _, invitation, record, _ in active) else "-"

    def lacking(self, meeting):
        if not meeting["entries"]:
            return "list"
        groups = {GROUPS.get(entry[0], entry[0]) for entry in self.active(meeting["entries"])}
        missing = [group for group in ("social_care", "police", "health") if group not in groups]
        return ";".join(missing) or "-" if meeting["type"] in STRATEGY else "-"

    # what follows each other

    def past(self, meeting, child, since):
        """Held meetings of the child before this one, the latest first."""
        order = lambda other: (other["held"].utc, other["id"])
        found = [other for other in self.meetings if other["held"] and child in other["children"]
                 and order(other) < order(meeting) and other["held"].utc >= since]
        return sorted(found, key=order, reverse=True)

    def limit(self, meeting, past):
        """(kind, counts from, due) of one child, or None."""
        first = lambda types: next((other for other in past if other["type"] in types), None)
        on = lambda other: local_date(other["held"].utc)
        if meeting["type"] == "icpc":
            before = first(STRATEGY)
            start = given_date(meeting["row"]["s47_started_on"]) or before and (
                given_date(before["row"]["s47_started_on"]) or on(before))
            return start and ("conference", start, self.after(start, 15))
        if meeting["type"] == "core_group":
            before = first(CONFERENCES + ["core_group"])
            return ("core_group", on(before), self.after(on(before), 10)) if before and before["type"] == "icpc" else None
        before = first(CONFERENCES) if meeting["type"] == "rcpc" else None
        return before and ("review", on(before), add_months(on(before), 3 if before["type"] == "icpc" else 6))

    def after(self, day, count):
        for _ in range(count):
            day = self.figures.working_day_after(day)
        return day

    def inquorate_run(self, meeting, pasts):
        if meeting["quorate"] == "-":
            return "-"
        if meeting["quorate"] == "yes":
            return 0
        series = next((types for types in (STRATEGY, CONFERENCES) if meeting["type"] in types), [])
        runs = []
        for past in pasts:
            answers = [other["quorate"] for other in past if other["type"] in series and other["quorate"] != "-"]
            runs.append(1 + (answers.index("yes") if "yes" in answers else len(answers)))
        return max(runs)

    MEETINGS = ("meeting,type,convener,status,scheduled,held,invitations,not_invited,invited_late,recorded,expected,attended,"
                "lacking,quorate,override,inquorate_in_a_row,timescale,working_days,due,in_time,reports_shared_in_time,"
                "minutes_working_days").split(",")

    def judgement(self, meeting, since):
        """The columns from inquorate_in_a_row on."""
        if not meeting["held"]:
            return ["-"] * 7
        on, row = local_date(meeting["held"].utc), meeting["row"]
        pasts = [self.past(meeting, child, since) for child in meeting["children"]]
        limits = [limit for limit in (self.limit(meeting, past) for past in pasts) if limit]
        kind, start, due = min(limits, key=lambda limit: limit[2]) if limits else ("-", None, "-")
        shared = row["reports_shared_with_family_at"]
        early = shared and shared.utc <= meeting["held"].utc - dt.timedelta(hours=24)
        minutes = row["minutes_sent_at"]
        return [self.inquorate_run(meeting, pasts), kind,
                self.figures.working_days(start, on) if kind in ("conference", "core_group") else "-", due,
                "-" if kind == "-" else "yes" if on <= due else "no",
                "-" if meeting["type"] not in CONFERENCES else "not_recorded" if not shared else "yes" if early else "no",
                self.figures.working_days(on, local_date(minutes.utc)) if minutes else "-"]

    def counts(self, meeting, agency):
        shown = [entry for entry in self.active(meeting["entries"]) if agency in (None, entry[0])]
        row, sent = meeting["row"], [entry for entry in shown if entry[2]["invited_at"]]
        late = [entry for entry in sent if meeting["type"] not in STRATEGY and self.figures.working_days(
            local_date(entry[2]["invited_at"].utc), local_date(row["scheduled_at"].utc)) < 5]
        expected = [entry for entry in shown if entry[2]["expected_to"] != "report"]
        came = [entry for entry in expected if entry in sent and entry[3] and entry[3]["status"] in PRESENT]
        return [len(shown), len(shown) - len(sent), len(late), sum(1 for entry in sent if entry[3]), len(expected), len(came)]

    def meeting_table(self, start, end, types=None, agency=None):
        table = [self.MEETINGS]
        for meeting in self.meetings:
            counts, row = self.counts(meeting, agency), meeting["row"]
            if (meeting["type"] not in (types or CHILD_MEETINGS) or not start <= local_date(meeting["at"]) <= end
                    or agency and not counts[0]):
                continue
            override = "yes" if is_yes(row["quorum_override"]) and meeting["quorate"] != "yes" else "no"
            table.append([meeting["id"], meeting["type"], "council", row["status"], local_text(row["scheduled_at"]),
                          local_text(row["held_at"]), *counts, self.lacking(meeting), meeting["quorate"], override,
                          *self.judgement(meeting, start_of(start - LOOK_BACK))])
        return table

    # disputes, waiting

    DISPUTES = ("meeting,type,held,convener,agency,role,council_status,council_report,own_status,own_report,since,state,"
                "ruled_status,ruled_report").split(",")

    def dispute_table(self, types=None):
        table = [self.DISPUTES]
        for meeting in self.meetings:
            for agency, role, _, record, own in meeting["entries"] if meeting["held"] else []:
                if (meeting["type"] in (types or MEETING_TYPES) and record and own
                        and any(record[column] != own[column] for column in ("status", "report"))):
                    table.append([meeting["id"], meeting["type"], local_text(meeting["held"]), "council", agency, role,
                                  record["status"], record["report"], own["status"], own["report"], "", "open", "-", "-"])
        return table

    WAITING = "submitter,kind,meeting,agency,role,reason,since".split(",")

    def waits_for(self, row):
        if ("council", row["meeting_id"]) not in self.kinds.get("meetings", {}):
            return "meeting_unknown"
        invited = [(other["agency"], other["role"]) for other in self.kinds.get("invitations", {}).values()
                   if other["meeting_id"] == row["meeting_id"]]
        if row["agency"] not in [agency for agency, _ in invited]:
            return "not_invited"
        return None if (row["agency"], row["role"]) in invited else "role_not_invited"

    def waiting_table(self):
        rows = []
        for number, kind in ((6, "invitations"), (7, "attendance")):
            for (submitter, _), row in self.kinds.get(kind, {}).items():
                reason = self.waits_for(row)
                if reason and (kind == "attendance" or reason == "meeting_unknown"):
                    rows.append((submitter, number, kind, row["meeting_id"], row["agency"], row["role"], reason, ""))
        for row in self.kinds.get("decisions", {}).values():
            if (row["referring_agency"], row["referral_id"]) not in self.kinds.get("referrals", {}):
                rows.append(("council", 2, "decisions", "-", row["referring_agency"], "-", "referral_unknown", ""))
        return [self.WAITING] + [[row[0], *row[2:]] for row in sorted(rows)]
