-- A token is longer than an index entry may be, so its hash names it. Within a tenant it belongs to one user.
CREATE TABLE "Device" (
  "tenantId" TEXT NOT NULL,
  "tokenHash" TEXT NOT NULL,
  "userId" TEXT NOT NULL,
  "token" TEXT NOT NULL,
  "platform" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "lastSeenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Device_pkey" PRIMARY KEY ("tenantId", "tokenHash")
);
CREATE INDEX "Device_tenantId_userId_lastSeenAt_idx" ON "Device" ("tenantId", "userId", "lastSeenAt" DESC);
