// One running plan job, watched from any screen: its steps, its end, and a way to stop it.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { ApiError, api, followJob, type BalanceSettings, type Job } from '@/api/client';

export const useRun = defineStore('run', () => {
  const job = shallowRef<Job | null>(null);
  const name = ref('');
  const trace = shallowRef<number[]>([]);
  const error = shallowRef<ApiError | null>(null);

  async function start(region: string, label: string, settings: BalanceSettings): Promise<Job | null> {
    name.value = label;
    trace.value = [];
    error.value = null;
    try {
      const { job_id: jobId } = await api.balance(region, settings);
      job.value = { id: jobId, kind: 'plan', state: 'queued', progress: { phase: 'load', done: 0, total: 0 } } as Job;
      return await followJob(jobId, (step) => {
        job.value = step;
        const worst = step.progress.worst_deviation_bp;
        if (typeof worst === 'number') trace.value = [...trace.value, Math.abs(worst)];
      });
    } catch (reason) {
      error.value = ApiError.of(reason);
      job.value = null;
      return null;
    }
  }

  async function cancel(): Promise<void> {
    if (job.value) await api.cancelJob(job.value.id).catch(() => undefined);
  }

  function close(): void {
    job.value = null;
    error.value = null;
  }

  return { job, name, trace, error, start, cancel, close };
});
