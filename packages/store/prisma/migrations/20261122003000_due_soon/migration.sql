-- The clock looks for what is due four times a second. Of what becomes due about as soon it is told, by the rare rows alone
-- that are written so late: a commit that notifies waits for every other one that does.
CREATE FUNCTION "tellOfDue"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('carillon_due', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "HeldEvent_due_soon" AFTER INSERT OR UPDATE OF "dueAt" ON "HeldEvent"
FOR EACH ROW WHEN (NEW."dueAt" <= now() + interval '1 s')
EXECUTE FUNCTION "tellOfDue"();
