-- As it was written: JSONB would order the keys anew, and an event is known by a hash of its text.
ALTER TABLE "HeldEvent" ALTER COLUMN "event" TYPE JSON;
ALTER TABLE "HeldEvent" ADD COLUMN "fingerprint" TEXT;
ALTER TABLE "HeldEvent" ADD COLUMN "onSameKey" TEXT;
ALTER TABLE "HeldEvent" ADD COLUMN "needsApproval" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "HeldEvent" ADD COLUMN "onDue" TEXT;

-- Timers have keys of their own; one that has gone off leaves its key to the next.
DROP INDEX "HeldEvent_tenantId_cancelKey_key";
CREATE UNIQUE INDEX "HeldEvent_tenantId_kind_cancelKey_key" ON "HeldEvent" ("tenantId", "kind", "cancelKey")
  WHERE "cancelKey" IS NOT NULL
    AND ("state" = 'WAITING' OR "state" IN ('RELEASING', 'RELEASED') AND "kind" = 'EVENT');
CREATE INDEX "HeldEvent_tenantId_createdAt_idx" ON "HeldEvent" ("tenantId", "createdAt" DESC);

-- When a key was last cancelled: what was accepted under it before, and arrives later, is cancelled too.
CREATE TABLE "CancelledKey" (
  "tenantId" TEXT NOT NULL,
  "cancelKey" TEXT NOT NULL,
  "cancelledAt" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "CancelledKey_pkey" PRIMARY KEY ("tenantId", "cancelKey")
);
CREATE INDEX "CancelledKey_cancelledAt_idx" ON "CancelledKey" ("cancelledAt");
