-- The event of a fan-out names addresses, so it rests sealed; what is looked up by it stands beside it.
ALTER TABLE "Fanout" ADD COLUMN "segment" TEXT;
UPDATE "Fanout" SET "segment" = "event"->'audience'->>'segment' WHERE jsonb_typeof("event") = 'object';
