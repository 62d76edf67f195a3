-- The probe's own fire alarm, where it has one: evidence of an alert, kept so that the past can be folded again.
ALTER TABLE reading ADD COLUMN fire boolean;
