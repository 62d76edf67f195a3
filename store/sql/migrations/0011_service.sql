-- The dispatcher's dial: the service level asked of the choice of columns, in percent of the litres brought.
ALTER TABLE planning
    ADD COLUMN service_percent  real NOT NULL DEFAULT 99.5 CHECK (service_percent BETWEEN 90 AND 99.95);
