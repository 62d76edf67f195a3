-- The meals' office: bills are the API's, appended and never rewritten once issued; the worker forgets people at their
-- date by a function, and can read neither who they were nor what they owed.
GRANT SELECT, INSERT, UPDATE, DELETE ON people.beneficiary_support TO glaneur_api;
GRANT SELECT, INSERT, UPDATE ON meals.bill_run TO glaneur_api;
GRANT SELECT, INSERT, DELETE ON meals.bill, meals.bill_meal TO glaneur_api;
GRANT UPDATE (number) ON meals.bill TO glaneur_api;
GRANT SELECT, INSERT ON meals.bill_line, people.meal_debtor TO glaneur_api;
