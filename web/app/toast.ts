// Attempts whose failure passes by as a message, where an action has no place of its own on the screen.
import { ElMessage } from 'element-plus';
import 'element-plus/es/components/message/style/css';
import { watch } from 'vue';
import { useAttempts, type Attempts } from './attempt';
import { useSaid } from './i18n/said';

export function useToastedAttempts(): Pick<Attempts, 'busy' | 'attempt'> {
  const said = useSaid();
  const { error, busy, attempt } = useAttempts();
  watch(error, (now) => { if (now) ElMessage({ message: said(now), type: 'error' }); }, { flush: 'sync' });
  return { busy, attempt };
}
