-- Outcomes are a hundred kilobytes of ids a statement, which live for seconds: compressing them was a tenth of what it
-- costs to record an answer.
ALTER TABLE "Outbox" ALTER COLUMN "records" SET STORAGE EXTERNAL;
