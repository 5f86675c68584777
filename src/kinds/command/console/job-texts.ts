import { texts } from '../../../console/language/language.ts';

/** What is said of one job, on its page. */
export const say = texts({
  en: {
    events: {
      JobCreated: 'Submitted', JobAssigned: 'A worker is being started for it', JobAccepted: 'Its worker has it',
      running: 'The command has started', SUCCEEDED: 'The command has ended well', FAILED: 'Failed',
      TIMED_OUT: 'Timed out',
      CANCELLED: 'Canceled', again: 'It will be run again', DependentAdded: 'Another job waits for it',
      DependencyEnded: 'A job that it waited for has ended', DeadlineCorrected: 'Its deadline was corrected',
      CancelRequested: 'Somebody wants it canceled', WorkerLost: 'Its worker was not heard of any more',
      JobRetried: 'Somebody retried it',
    },
    steps: {
      PROVISIONING: 'Start a worker', EXECUTION: 'Run the command',
      RECOVERY: 'Find out about a lost worker',
      ValidateProviderCapacity: 'Check that there is room',
      CreateInfrastructure: 'Create the container, pod or process',
      RegisterWorker: 'Wait for its agent', PublishProvisionedEvent: 'Say that it is there',
      ValidateJob: 'Check the job',
      AssignWorker: 'Wait for a worker', ExecuteJob: 'Run the command', CompleteJob: 'Record the end',
      CheckWorkerConnectivity: 'Look for the worker', TerminateOldWorker: 'End it', TransferJob: 'Hand the job on',
    },
  },
  de: {
    events: {
      JobCreated: 'Eingereicht', JobAssigned: 'Ein Worker wird dafür gestartet', JobAccepted: 'Sein Worker hat ihn',
      running: 'Der Befehl läuft', SUCCEEDED: 'Der Befehl ist gut zu Ende gegangen', FAILED: 'Fehlgeschlagen',
      TIMED_OUT: 'Zeit abgelaufen', CANCELLED: 'Abgebrochen', again: 'Er wird noch einmal ausgeführt',
      DependentAdded: 'Ein anderer Auftrag wartet darauf',
      DependencyEnded: 'Ein Auftrag, auf den er wartete, ist zu Ende',
      DeadlineCorrected: 'Seine Frist wurde berichtigt', CancelRequested: 'Jemand will ihn abbrechen',
      WorkerLost: 'Von seinem Worker war nichts mehr zu hören', JobRetried: 'Jemand hat ihn wiederholt',
    },
    steps: {
      PROVISIONING: 'Einen Worker starten', EXECUTION: 'Den Befehl ausführen',
      RECOVERY: 'Nach einem verlorenen Worker sehen', ValidateProviderCapacity: 'Prüfen, ob Platz ist',
      CreateInfrastructure: 'Container, Pod oder Prozess anlegen', RegisterWorker: 'Auf seinen Agenten warten',
      PublishProvisionedEvent: 'Melden, dass er da ist', ValidateJob: 'Den Auftrag prüfen',
      AssignWorker: 'Auf einen Worker warten', ExecuteJob: 'Den Befehl ausführen', CompleteJob: 'Das Ende festhalten',
      CheckWorkerConnectivity: 'Nach dem Worker sehen', TerminateOldWorker: 'Ihn beenden',
      TransferJob: 'Den Auftrag weitergeben',
    },
  },
});
