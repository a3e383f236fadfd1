package io.awa.reactive.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/** Every observation with its keys: {@code docs/guide/observability.md} has the same table. */
public enum JobObservation implements ObservationDocumentation {
    /** One job is stored: from the subscription to the answer of the database. */
    ENQUEUE {
        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return EnqueueConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return LowKey.values();
        }

        @Override
        public KeyName[] getHighCardinalityKeyNames() {
            return EnqueueKey.values();
        }
    },
    /** A stream of jobs is stored; all of them carry this observation's trace. */
    ENQUEUE_BULK {
        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return EnqueueConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return LowKey.values();
        }

        @Override
        public KeyName[] getHighCardinalityKeyNames() {
            return BulkKey.values();
        }
    },
    /** One attempt: from the call of its handler to its outcome. */
    EXECUTE {
        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return ExecuteConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return LowKey.values();
        }

        @Override
        public KeyName[] getHighCardinalityKeyNames() {
            return ExecuteKey.values();
        }
    };

    /** Keys whose values are few: they are tags of meters too. */
    public enum LowKey implements KeyName {
        /** The queue; the first hundred of a process, {@code other} for more, {@code mixed} for a stream into several. */
        QUEUE("queue"),
        /** The kind, bounded likewise. */
        KIND("kind"),
        /** How it ended; {@code none} while it has not. */
        OUTCOME("outcome");

        private final String key;

        LowKey(String key) {
            this.key = key;
        }

        @Override
        public String asString() {
            return key;
        }
    }

    /** Keys of one enqueue that only its span has. */
    public enum EnqueueKey implements KeyName {
        /** The id of the job, or of the one it is a duplicate of. */
        JOB_ID {
            @Override
            public String asString() {
                return "awa.job.id";
            }

            @Override
            public boolean isRequired() {
                return false;
            }
        }
    }

    /** Keys of a bulk enqueue that only its span has. */
    public enum BulkKey implements KeyName {
        /** How many jobs were stored. */
        INSERTED {
            @Override
            public String asString() {
                return "awa.jobs.inserted";
            }

            @Override
            public boolean isRequired() {
                return false;
            }
        }
    }

    /** Keys of one attempt that only its span has. */
    public enum ExecuteKey implements KeyName {
        /** The job's id. */
        JOB_ID("awa.job.id"),
        /** The attempt, from 1. */
        ATTEMPT("awa.job.attempt"),
        /** How many it may have. */
        MAX_ATTEMPTS("awa.job.max_attempts");

        private final String key;

        ExecuteKey(String key) {
            this.key = key;
        }

        @Override
        public String asString() {
            return key;
        }
    }
}
