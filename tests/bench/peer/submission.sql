-- What a database without signatures, sealing, log or receipts would keep of a submission: the row
-- with its unique key, the referral with two indexes, the audit row. No index more than these, and
-- keys that grow, as ids do: PostgreSQL at its best.
CREATE SEQUENCE next_key CACHE 64;
CREATE TABLE submission (
    key bigint NOT NULL,
    version integer NOT NULL,
    agency text NOT NULL,
    kind integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    payload text NOT NULL,
    UNIQUE (key, version)
);
CREATE TABLE referral (
    key bigint NOT NULL,
    referral_at timestamptz NOT NULL DEFAULT now(),
    child bigint NOT NULL,
    source_code text NOT NULL,
    request_kind text NOT NULL,
    route text NOT NULL
);
CREATE INDEX referral_by_time ON referral (referral_at);
CREATE INDEX referral_by_child ON referral (child);
CREATE TABLE audit (
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    key bigint NOT NULL
);
