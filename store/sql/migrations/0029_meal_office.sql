-- The meals' office: who else pays, monthly bills numbered without a gap, when a menu was published, erased people.

-- A part that somebody else pays (APA, pension fund): so much a meal, at most so much a month, between two days.
CREATE TABLE people.beneficiary_support (
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary ON DELETE CASCADE,
    payer           text NOT NULL CHECK (length(payer) BETWEEN 1 AND 80),
    valid_from      date NOT NULL,
    valid_until     date CHECK (valid_until >= valid_from),
    per_meal        numeric(8, 2) NOT NULL CHECK (per_meal > 0),
    per_month       numeric(8, 2) CHECK (per_month > 0),
    PRIMARY KEY (beneficiary_id, payer, valid_from)
);

-- A month's bills of everybody: a draft that somebody looks at, then another person issues. Only one lives a month.
CREATE TABLE meals.bill_run (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month      date NOT NULL CHECK (EXTRACT(day FROM month) = 1),
    status     text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'looked', 'issued', 'abandoned')),
    opened_at  timestamptz NOT NULL,
    opened_by  integer NOT NULL,
    looked_at  timestamptz,
    looked_by  integer,
    issued_at  timestamptz,
    issued_by  integer,
    CONSTRAINT bill_run_two_persons CHECK (issued_by <> looked_by),
    CHECK ((status IN ('looked', 'issued')) <= (looked_by IS NOT NULL)),
    CHECK ((status = 'issued') = (issued_by IS NOT NULL AND issued_at IS NOT NULL))
);
CREATE UNIQUE INDEX bill_run_one_a_month ON meals.bill_run (month) WHERE status <> 'abandoned';

-- total: what the person pays; below zero it is a credit. delivery: the part of it that is the delivery's.
CREATE TABLE meals.bill (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id          integer NOT NULL REFERENCES meals.bill_run,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary,
    number          text UNIQUE,
    total           numeric(10, 2) NOT NULL,
    delivery        numeric(10, 2) NOT NULL,
    UNIQUE (run_id, beneficiary_id)
);
CREATE INDEX meal_bill_by_beneficiary ON meals.bill (beneficiary_id);

-- corrects: the month that a line puts right, NULL for the bill's own; then `reason` says why, and `meals` are those
-- that were wrongly counted or left out.
CREATE TABLE meals.bill_line (
    bill_id   bigint NOT NULL REFERENCES meals.bill ON DELETE CASCADE,
    position  integer NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('meal', 'delivery', 'supplement', 'commune', 'support')),
    label     text NOT NULL,
    payer     text NOT NULL DEFAULT '',
    bracket   text NOT NULL DEFAULT '',
    quantity  integer NOT NULL,
    unit      numeric(10, 4),
    amount    numeric(10, 2) NOT NULL,
    meals     text[] NOT NULL DEFAULT '{}',
    corrects  date,
    reason    text NOT NULL DEFAULT '',
    PRIMARY KEY (bill_id, position),
    CHECK ((corrects IS NULL) = (reason = ''))
);

-- Each meal once: on one bill, or with the reason why on none. The primary key is the guard.
CREATE TABLE meals.bill_meal (
    meal            text PRIMARY KEY,
    run_id          integer NOT NULL REFERENCES meals.bill_run ON DELETE CASCADE,
    beneficiary_id  bigint NOT NULL REFERENCES people.beneficiary,
    bill_id         bigint REFERENCES meals.bill ON DELETE CASCADE,
    reason          text NOT NULL DEFAULT '',
    CHECK (bill_id IS NOT NULL OR reason <> '')
);
CREATE INDEX bill_meal_by_run ON meals.bill_meal (run_id);

-- Who owed an issued bill, as it was sent: accounts keep it, whatever becomes of the file.
CREATE TABLE people.meal_debtor (
    bill_id  bigint PRIMARY KEY REFERENCES meals.bill,
    name     text NOT NULL,
    address  text NOT NULL
);

-- What is issued stays as it is, until the accounts' own time is over (answers.forget_meals).
CREATE FUNCTION meals.keep_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM meals.bill_run r WHERE r.id = OLD.run_id AND r.status = 'issued')
       AND COALESCE(current_setting('glaneur.forgetting', true), '') <> 'yes' THEN
        RAISE EXCEPTION 'an issued bill is not rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keep_bill BEFORE UPDATE OR DELETE ON meals.bill FOR EACH ROW EXECUTE FUNCTION meals.keep_bill();
CREATE TRIGGER keep_bill BEFORE UPDATE OR DELETE ON meals.bill_meal FOR EACH ROW EXECUTE FUNCTION meals.keep_bill();

-- Open data says when a menu was published and last changed.
ALTER TABLE meals.menu
    ADD COLUMN published_at  timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN changed_at    timestamptz;

-- When a file was erased: the row stays under its number for the bills, and says nothing of the person any more.
ALTER TABLE people.beneficiary ADD COLUMN erased_at timestamptz;

ALTER TABLE people.care_reading DROP CONSTRAINT care_reading_purpose_check;
ALTER TABLE people.care_reading ADD CONSTRAINT care_reading_purpose_check
    CHECK (purpose IN ('file', 'order', 'kitchen', 'round', 'family', 'export', 'bill'));
