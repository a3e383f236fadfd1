package io.awa.reactive.benchmarks;

import io.awa.reactive.job.JobType;

/**
 * A job of a tenant.
 *
 * @param key the tenant, its concurrency key
 * @param id  counted from 0
 */
record TenantJob(String key, long id) {

    static final JobType<TenantJob> TYPE =
            JobType.of("tenant", TenantJob.class).queue("tenants").concurrencyKey(TenantJob::key);
}
