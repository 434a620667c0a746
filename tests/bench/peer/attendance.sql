-- Attendance as one would keep it in PostgreSQL: what counts now and nothing else (no versions, no
-- log), small numbers for everything that has few values, an index for each way the question goes.
CREATE TABLE agency (id smallint PRIMARY KEY, name text NOT NULL);
CREATE TABLE meeting (id bigint, convener smallint NOT NULL, type smallint NOT NULL, held boolean NOT NULL,
    scheduled_at bigint NOT NULL, held_at bigint NOT NULL);
CREATE TABLE invitation (meeting bigint, agency smallint, role smallint, invited_at bigint,
    active_interest boolean NOT NULL, expected_to smallint NOT NULL);
CREATE TABLE attendance (meeting bigint, agency smallint, role smallint, submitter smallint,
    status smallint NOT NULL, report smallint NOT NULL);
