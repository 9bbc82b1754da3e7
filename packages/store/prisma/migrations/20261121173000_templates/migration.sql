-- A version never changes; which one is sent is said beside it, so that going back is a change of one number.
CREATE TABLE "Template" (
  "tenantId" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "latestVersion" INTEGER NOT NULL,
  "liveVersion" INTEGER,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Template_pkey" PRIMARY KEY ("tenantId", "code")
);
CREATE TABLE "TemplateVersion" (
  "tenantId" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "definition" JSONB NOT NULL,
  "note" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "TemplateVersion_pkey" PRIMARY KEY ("tenantId", "code", "version")
);
