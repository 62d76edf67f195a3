-- Bills once they are issued: numbered by exercise without a gap, paid by a link that nobody can guess, corrected by
-- pieces that refer to them. Nothing here is ever rewritten.

-- The last number given in a series; whoever numbers holds the row until the numbers are committed.
CREATE TABLE finance.series (
    name  text PRIMARY KEY CHECK (name <> ''),
    last  integer NOT NULL CHECK (last >= 0)
);

-- Exercises that the accountant closed: what is corrected later is not corrected in the same way.
CREATE TABLE finance.exercise_closed (
    exercise   integer PRIMARY KEY CHECK (exercise BETWEEN 1900 AND 2200),
    closed_at  timestamptz NOT NULL DEFAULT now(),
    closed_by  text NOT NULL
);

-- How an issued bill is paid on line: the payment reference printed on it, and the secret of its public page.
CREATE TABLE finance.payable (
    run_id      integer NOT NULL,
    account_id  integer NOT NULL,
    exercise    integer NOT NULL,
    reference   text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9]{6,30}$'),
    token       text NOT NULL UNIQUE DEFAULT replace(gen_random_uuid()::text, '-', ''),
    PRIMARY KEY (run_id, account_id),
    FOREIGN KEY (run_id, account_id) REFERENCES finance.bill
);

-- A piece that corrects an issued bill: the bill as it should have been, and the lines between the two. The original
-- stays as it is; the next rectification starts from this one. amount: what is added, negative for a credit note.
CREATE TABLE finance.rectification (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id         integer NOT NULL,
    account_id     integer NOT NULL,
    rank           integer NOT NULL CHECK (rank > 0),
    status         text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved', 'issued', 'abandoned')),
    cancels        boolean NOT NULL,
    reason         text NOT NULL CHECK (reason <> ''),
    claim_id       integer,
    document       jsonb NOT NULL,
    difference     jsonb NOT NULL,
    amount         numeric(12, 2) NOT NULL,
    number         text UNIQUE,
    exercise       integer,
    original_open  boolean,
    created_at     timestamptz NOT NULL DEFAULT now(),
    created_by     text NOT NULL,
    approved_by    text,
    issued_at      timestamptz,
    FOREIGN KEY (run_id, account_id) REFERENCES finance.bill,
    CONSTRAINT rectification_two_persons CHECK (approved_by <> created_by),
    CHECK ((status IN ('approved', 'issued')) <= (approved_by IS NOT NULL)),
    CHECK ((status = 'issued') = (issued_at IS NOT NULL AND number IS NOT NULL AND exercise IS NOT NULL
                                  AND original_open IS NOT NULL))
);
CREATE UNIQUE INDEX rectification_one_open ON finance.rectification (run_id, account_id)
    WHERE status IN ('draft', 'approved');
CREATE UNIQUE INDEX rectification_in_order ON finance.rectification (run_id, account_id, rank)
    WHERE status <> 'abandoned';

CREATE FUNCTION finance.keep_rectification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status IN ('issued', 'abandoned') THEN
        RAISE EXCEPTION 'rectification % is % and cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.run_id, OLD.account_id, OLD.rank, OLD.cancels, OLD.document, OLD.difference, OLD.amount, OLD.created_by)
       IS DISTINCT FROM
       (NEW.run_id, NEW.account_id, NEW.rank, NEW.cancels, NEW.document, NEW.difference, NEW.amount, NEW.created_by) THEN
        RAISE EXCEPTION 'what rectification % says is settled', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rectification_kept BEFORE UPDATE OR DELETE ON finance.rectification
    FOR EACH ROW EXECUTE FUNCTION finance.keep_rectification();

-- One attempt to pay a bill on line, under the identifier PayFiP gave it. Two attempts that both succeed are two
-- rows: the second is money to give back, and must not be lost. No e-mail address is kept.
CREATE TABLE finance.payment (
    id_op        text PRIMARY KEY CHECK (id_op <> ''),
    run_id       integer NOT NULL,
    account_id   integer NOT NULL,
    cents        integer NOT NULL CHECK (cents > 0),
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paid', 'refused', 'cancelled', 'lost')),
    result       text CHECK (result IN ('P', 'V', 'R', 'Z', 'A')),
    receipt      text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    FOREIGN KEY (run_id, account_id) REFERENCES finance.bill,
    CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX payment_of_bill ON finance.payment (run_id, account_id);
CREATE INDEX payment_pending ON finance.payment (created_at) WHERE status = 'pending';

-- Whether the occupant's name was erased: the worker, which reads no name, may then erase printed bills.
ALTER TABLE finance.account ADD COLUMN forgotten boolean NOT NULL DEFAULT false;

-- Occupants whose accounts ended are forgotten at their date; this finds them without reading a name.
CREATE INDEX occupant_kept_until ON people.occupant (kept_until) WHERE kept_until IS NOT NULL;
