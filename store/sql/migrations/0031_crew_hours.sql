-- Hours of a truck's crew in a week, which the streams it serves share. 35 h: code du travail, article L3121-27.
ALTER TABLE vehicle ADD COLUMN week_s integer NOT NULL DEFAULT 126000 CHECK (week_s > 0);
