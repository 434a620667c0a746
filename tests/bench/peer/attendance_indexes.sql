-- The keys hold what the report needs, so that the tables need not be visited. The settings make
-- PostgreSQL take them: with its defaults, meant for slow disks, it reads all ten years instead.
ALTER TABLE meeting ADD PRIMARY KEY (id);
ALTER TABLE invitation ADD PRIMARY KEY (meeting, agency, role) INCLUDE (invited_at, active_interest, expected_to);
ALTER TABLE attendance ADD PRIMARY KEY (meeting, agency, role, submitter) INCLUDE (status, report);
CREATE INDEX meeting_by_held_at ON meeting (held_at) WHERE held;
CREATE INDEX meeting_by_convener ON meeting (convener, held_at) WHERE held;
ALTER DATABASE postgres SET random_page_cost = 1.1;
ALTER DATABASE postgres SET work_mem = '64MB';
ALTER DATABASE postgres SET jit = off;
VACUUM ANALYZE;
