-- Where a tenant hears of outcomes that does not read Kafka. The secret rests sealed.
CREATE TABLE "OutcomeWebhook" (
  "tenantId" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "secret" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "OutcomeWebhook_pkey" PRIMARY KEY ("tenantId")
);

-- A call that was not answered well yet. Without `dueAt` it is a dead letter: nobody tries it again without a person.
CREATE TABLE "OutcomeCall" (
  "id" UUID NOT NULL,
  "tenantId" TEXT NOT NULL,
  "records" JSON NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "error" TEXT,
  "dueAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "OutcomeCall_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "OutcomeCall_dueAt_idx" ON "OutcomeCall" ("dueAt") WHERE "dueAt" IS NOT NULL;
CREATE INDEX "OutcomeCall_tenantId_createdAt_idx" ON "OutcomeCall" ("tenantId", "createdAt") WHERE "dueAt" IS NULL;
