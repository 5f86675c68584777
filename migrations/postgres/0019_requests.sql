-- Jobs that other programs want, inserted in transactions of their own. `body` is that of the route which submits a job
-- of the kind. A row becomes the job of the same id and goes, in one commit. See `ports/store/job-requests.ts`.
CREATE TABLE job_requests (
  id TEXT COLLATE "C" PRIMARY KEY DEFAULT gen_random_uuid()::text,
  kind TEXT COLLATE "C" NOT NULL DEFAULT 'task',
  owner_id TEXT COLLATE "C" NOT NULL,
  body JSON NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  -- When it may be taken, or taken again. What follows is Waybill's own.
  due_at BIGINT NOT NULL DEFAULT 0,
  -- Why no job was made of it. JSON.
  refusal TEXT,
  refused_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT id_is_a_lower_case_uuid CHECK (id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  CONSTRAINT owner_id_is_a_user_id CHECK (owner_id ~ '^[A-Za-z0-9._@:|+=~-]{1,128}$'),
  CONSTRAINT body_has_at_most_1_mib CHECK (octet_length(body::text) <= 1048576)
) WITH (
  fillfactor = 70,
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
CREATE INDEX job_requests_due ON job_requests (kind, due_at, created_at) WHERE refused_at IS NULL;
CREATE INDEX job_requests_by_owner ON job_requests (kind, owner_id, due_at, created_at) WHERE refused_at IS NULL;
CREATE INDEX job_requests_refused ON job_requests (refused_at, id) WHERE refused_at IS NOT NULL;

-- Servers hear of a row when it is committed: the channel is that of `stores/postgres/wake-ups.ts`.
CREATE FUNCTION tell_of_job_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('waybill', 'requests');
  RETURN NULL;
END
$$;
CREATE TRIGGER job_requests_told AFTER INSERT ON job_requests
  FOR EACH STATEMENT EXECUTE FUNCTION tell_of_job_requests();
