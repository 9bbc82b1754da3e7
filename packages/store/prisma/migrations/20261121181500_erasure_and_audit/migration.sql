-- Who was erased, and when: what was accepted before is planned for nobody. `sweepAt`: the clock looks once more for what a
-- router was just writing.
CREATE TABLE "Erasure" (
  "tenantId" TEXT NOT NULL,
  "userId" TEXT NOT NULL,
  "erasedAt" TIMESTAMPTZ(3) NOT NULL,
  "sweepAt" TIMESTAMPTZ(3),
  CONSTRAINT "Erasure_pkey" PRIMARY KEY ("tenantId", "userId")
);
CREATE INDEX "Erasure_sweepAt_idx" ON "Erasure" ("sweepAt") WHERE "sweepAt" IS NOT NULL;

-- Who did what, and when. Ids alone: it outlives the people that it names.
CREATE TABLE "AuditEntry" (
  "id" BIGINT GENERATED ALWAYS AS IDENTITY,
  "tenantId" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "subject" TEXT,
  "detail" JSONB,
  CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "AuditEntry_tenantId_id_idx" ON "AuditEntry" ("tenantId", "id");
