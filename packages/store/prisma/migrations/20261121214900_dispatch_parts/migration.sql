-- The parts of a dispatch are forty kilobytes of ids, which live for seconds and are written twice: compressing them
-- costs more than the room they would save.
ALTER TABLE "Dispatch" ALTER COLUMN "parts" SET STORAGE EXTERNAL;
