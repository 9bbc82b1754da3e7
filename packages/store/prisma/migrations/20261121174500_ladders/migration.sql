-- Ladders that categories, tenants and events name. An experiment sends a share of the people up another one.
CREATE TABLE "Ladder" (
  "tenantId" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "description" TEXT,
  "steps" JSONB NOT NULL,
  "experiment" JSONB,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Ladder_pkey" PRIMARY KEY ("tenantId", "name")
);
ALTER TABLE "Category" ADD COLUMN "ladderName" TEXT;
-- Which experiment a notification is part of, and on which side: `name:a` or `name:b`.
ALTER TABLE "Notification" ADD COLUMN "experiment" TEXT;
CREATE INDEX "Notification_experiment_idx" ON "Notification" ("tenantId", "experiment", "createdAt" DESC)
  WHERE "experiment" IS NOT NULL;
