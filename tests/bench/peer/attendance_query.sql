-- The attendance report, all columns but those of late invitations, which need working days.
WITH fact AS (
    SELECT i.agency, i.expected_to, i.invited_at IS NOT NULL AS invited, c.meeting IS NOT NULL AS recorded,
        c.status <= 2 AS present, c.status, c.report,
        coalesce(o.status <> c.status OR o.report <> c.report, false) AS disputed
    FROM meeting AS m
    JOIN invitation AS i ON i.meeting = m.id
    LEFT JOIN attendance AS c ON c.meeting = m.id AND c.agency = i.agency AND c.role = i.role
        AND c.submitter = m.convener
    LEFT JOIN attendance AS o ON o.meeting = m.id AND o.agency = i.agency AND o.role = i.role
        AND o.submitter = i.agency
    WHERE m.held AND m.held_at >= FROM_MS AND m.held_at < TO_MS AND m.type <= 4 CONVENER
        AND i.active_interest
), figure AS (
    SELECT agency,
        count(*) FILTER (WHERE expected_to <> 1) AS expected,
        count(*) FILTER (WHERE expected_to <> 1 AND NOT invited) AS not_invited,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND NOT recorded) AS unrecorded,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND present) AS attended,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND status = 2) AS deputy,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND status = 3 AND report IN (1, 2)) AS with_report,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND status = 3 AND report IN (0, 3)) AS without_report,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND status = 4) AS no_apologies,
        count(*) FILTER (WHERE expected_to <> 0 AND invited AND recorded) AS reports_due,
        count(*) FILTER (WHERE expected_to <> 0 AND invited AND report = 1) AS reports_on_time,
        count(*) FILTER (WHERE invited AND (present OR report = 1)) AS contributed,
        count(*) FILTER (WHERE invited AND recorded) AS contributable,
        count(*) FILTER (WHERE invited AND disputed) AS disputed,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND present AND NOT disputed) AS undisputed_attended,
        count(*) FILTER (WHERE expected_to <> 1 AND invited AND recorded AND NOT disputed) AS undisputed_counted
    FROM fact GROUP BY agency
)
SELECT a.name, coalesce(expected, 0), coalesce(not_invited, 0), coalesce(unrecorded, 0), coalesce(attended, 0),
    coalesce(deputy, 0), coalesce(with_report, 0), coalesce(without_report, 0), coalesce(no_apologies, 0),
    coalesce(reports_due, 0), coalesce(reports_on_time, 0), coalesce(contributed, 0), coalesce(contributable, 0),
    coalesce(disputed, 0), coalesce(undisputed_attended, 0), coalesce(undisputed_counted, 0)
FROM agency AS a LEFT JOIN figure AS f ON f.agency = a.id ORDER BY a.name
